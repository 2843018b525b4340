using System.Runtime.InteropServices;

namespace Flightc.Oracle;

/// <summary>An object of ONNX Runtime that is ours to release.</summary>
internal sealed unsafe class OrtHandle : SafeHandle
{
    private readonly delegate* unmanaged<nint, void> _release;

    /// <summary>Owns an object.</summary>
    /// <param name="api">Where its kind is released.</param>
    /// <param name="release">One of the functions that release.</param>
    /// <param name="value">The object, not null.</param>
    public OrtHandle(OrtApi api, OrtFunction release, nint value)
        : base(0, ownsHandle: true)
    {
        _release = (delegate* unmanaged<nint, void>)api[release];
        SetHandle(value);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Keeps the object alive until the result is disposed.</summary>
    public Use Borrow() => new(this);

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        _release(handle);
        return true;
    }

    /// <summary>A time in which the object cannot be released.</summary>
    internal readonly ref struct Use
    {
        private readonly OrtHandle _handle;

        public Use(OrtHandle handle)
        {
            bool added = false;
            _handle = handle;
            handle.DangerousAddRef(ref added);
        }

        /// <summary>The object.</summary>
        public nint Value => _handle.handle;

        public void Dispose() => _handle.DangerousRelease();
    }
}
