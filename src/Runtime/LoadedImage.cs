using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation;

namespace Flightc.Runtime;

/// <summary>An image ready to run: its program decoded, its memory sections in place.</summary>
/// <remarks>Owns the image and the memory of the devices made here: dispose of devices first, then of this.</remarks>
public sealed class LoadedImage : IDisposable
{
    private readonly List<DeviceMemory> _memories = [];

    /// <summary>Decodes the program of an image.</summary>
    /// <param name="image">The image; owned from now on, and disposed of where this throws.</param>
    /// <param name="withSymbols">Whether observers and reports will need names of activations and origins of
    /// instructions.</param>
    /// <exception cref="CompilationException">
    /// A section is missing, damaged or disagrees with another (FLC4005), or the program cannot be decoded
    /// (FLC4001 to FLC4004).
    /// </exception>
    public LoadedImage(Image image, bool withSymbols = false)
    {
        Image = image;
        try
        {
            MachineProgram program = ProgramBinary.Read(image.Section(SectionNames.Program).Span);
            MemoryMapCheck.Require(program, image);
            ImageSection symbols = withSymbols ? image.Section(SectionNames.Symbols) : default;
            Program = symbols.Length > 0 ? ProgramBinary.ReadSymbols(program, symbols.Span) : program;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public Image Image { get; }

    /// <summary>Its program, with symbols where they were wanted and the image has them.</summary>
    public MachineProgram Program { get; }

    /// <summary>Opens an image and decodes its program.</summary>
    /// <param name="path">The file.</param>
    /// <param name="withSymbols">As of the constructor.</param>
    /// <exception cref="CompilationException">As <see cref="Container.Image.Open"/> and the constructor.</exception>
    public static LoadedImage Open(string path, bool withSymbols = false) => new(Image.Open(path), withSymbols);

    /// <summary>Makes a device with memory of its own, which is freed with this.</summary>
    /// <param name="name">One of <see cref="DeviceNames.All"/>.</param>
    /// <param name="threads">The most threads to use, at least 1; one per processor where null. No result
    /// depends on it.</param>
    /// <param name="path">Which instructions of the processor the emulator uses, the widest where null; no result
    /// depends on it.</param>
    /// <returns>To be disposed of before this.</returns>
    /// <exception cref="CompilationException">
    /// No device has that name (FLC5005), memory is short (FLC9003), or the device refuses the program
    /// (FLC4001, FLC5005).
    /// </exception>
    public IDevice CreateDevice(string name, int? threads = null, VectorPath? path = null)
    {
        DeviceMemory memory = NewMemory();
        try
        {
            // More threads than processors only wait for one another.
            int most = Environment.ProcessorCount;
            IDevice device = DeviceNames.Create(name, Program, memory, Math.Min(threads ?? most, most), path);
            _memories.Add(memory);
            return device;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>The weight streams of all channels, where they lie in the mapped image.</summary>
    public IReadOnlyList<MemoryRegion> Banks =>
        [.. Enumerable.Range(0, Program.Geometry.Channels).Select(channel => Region(SectionNames.Bank(channel)))];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceMemory memory in _memories)
        {
            memory.Dispose();
        }

        _memories.Clear();
        Image.Dispose();
    }

    private DeviceMemory NewMemory()
    {
        try
        {
            return new DeviceMemory(Program, Banks, Region(SectionNames.Tables));
        }
        catch (OutOfMemoryException e)
        {
            long bytes = Program.Memory.CacheBytes * Program.Geometry.Channels;
            throw new CompilationException(
                Codes.OutOfMemory,
                $"{bytes} bytes for the KV cache of {Program.Memory.ContextLength} tokens cannot be had",
                Image.Path,
                "compile with a smaller --max-length", e);
        }
    }

    private MemoryRegion Region(string section)
    {
        ImageSection bytes = Image.Section(section);
        return new MemoryRegion(bytes.Start, bytes.Length);
    }
}
