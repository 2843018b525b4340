using System.Runtime.InteropServices;
using Flightc.Runtime.Devices;

namespace Flightc.Tests.Emulation;

/// <summary>A copy of bytes that ends where the next page cannot be read, so that a read past the end is not overlooked.</summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int Page = 4096;
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;

    private readonly nint _start;
    private readonly nuint _length;

    public GuardedMemory(byte[] bytes)
    {
        nuint pages = (nuint)((bytes.Length + Page - 1) / Page * Page);
        _length = pages + Page;
        if (OperatingSystem.IsLinux())
        {
            _start = Map(0, _length, ReadWrite, PrivateAnonymous, -1, 0);
            Assert.NotEqual(-1, _start);
            Assert.Equal(0, Protect(_start + (nint)pages, Page, 0));
        }
        else
        {
            _start = (nint)NativeMemory.AllocZeroed(_length);
        }

        nint first = _start + (nint)pages - bytes.Length;
        Marshal.Copy(bytes, 0, first, bytes.Length);
        Region = new MemoryRegion(first, bytes.Length);
    }

    public MemoryRegion Region { get; }

    public void Dispose()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Unmap(_start, _length);
        }
        else
        {
            NativeMemory.Free((void*)_start);
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
