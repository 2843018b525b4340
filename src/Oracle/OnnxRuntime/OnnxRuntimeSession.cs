using System.Runtime.InteropServices;
using Flightc.Diagnostics;
using Flightc.Onnx;

namespace Flightc.Oracle;

/// <summary>A model that ONNX Runtime has loaded.</summary>
internal sealed unsafe class OnnxRuntimeSession : IOracleSession
{
    // A buffer of no bytes has no address, and ONNX Runtime wants one.
    private const int LeastBufferBytes = 1;

    private const int ArenaAllocator = 1, DefaultMemory = 0;

    private readonly OrtApi _api;
    private readonly OrtHandle _session;
    private readonly OrtHandle _memory;
    private readonly string _location;

    /// <summary>Owns a session.</summary>
    /// <param name="api">The library.</param>
    /// <param name="session">Loaded.</param>
    /// <param name="location">The model, for messages.</param>
    public OnnxRuntimeSession(OrtApi api, OrtHandle session, string location)
    {
        (_api, _session, _location) = (api, session, location);
        nint memory;
        _api.Check(
            ((delegate* unmanaged<int, int, nint*, nint>)_api[OrtFunction.CreateCpuMemoryInfo])(ArenaAllocator, DefaultMemory, &memory), location);
        _memory = _api.Own(OrtFunction.ReleaseMemoryInfo, memory);
        Inputs = Values(OrtFunction.SessionGetInputCount, OrtFunction.SessionGetInputName, OrtFunction.SessionGetInputTypeInfo);
        Outputs = Values(OrtFunction.SessionGetOutputCount, OrtFunction.SessionGetOutputName, OrtFunction.SessionGetOutputTypeInfo);
    }

    /// <inheritdoc/>
    public IReadOnlyList<OnnxValue> Inputs { get; }

    /// <inheritdoc/>
    public IReadOnlyList<OnnxValue> Outputs { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, OnnxTensor> Run(IReadOnlyDictionary<string, OnnxTensor> inputs, params IReadOnlyList<string> outputs)
    {
        IReadOnlyList<string> wanted = outputs.Count > 0 ? outputs : [.. Outputs.Select(o => o.Name)];
        Require(inputs, wanted);
        List<OrtHandle> values = [];
        List<nint> names = [];
        try
        {
            string[] given = [.. inputs.Keys];

            // Arrays that do not move: ONNX Runtime reads them where they are.
            byte[][] buffers = [.. given.Select(name => Bytes(inputs[name]))];
            for (int i = 0; i < given.Length; i++)
            {
                values.Add(Tensor(inputs[given[i]], buffers[i]));
            }

            names.AddRange(given.Concat(wanted).Select(Marshal.StringToCoTaskMemUTF8));
            Dictionary<string, OnnxTensor> results = Run(values, names, given.Length, wanted);
            GC.KeepAlive(buffers);
            return results;
        }
        finally
        {
            values.ForEach(value => value.Dispose());
            names.ForEach(Marshal.FreeCoTaskMem);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _memory.Dispose();
    }

    private Dictionary<string, OnnxTensor> Run(List<OrtHandle> values, List<nint> names, int inputCount, IReadOnlyList<string> wanted)
    {
        nint[] inputs = [.. values.Select(value => value.DangerousGetHandle())];
        nint[] results = new nint[wanted.Count];
        using (OrtHandle.Use session = _session.Borrow())
        {
            fixed (nint* name = names.ToArray())
            fixed (nint* input = inputs)
            fixed (nint* result = results)
            {
                _api.Check(
                    ((delegate* unmanaged<nint, nint, nint*, nint*, nuint, nint*, nuint, nint*, nint>)_api[OrtFunction.Run])(
                        session.Value, 0, name, input, (nuint)inputCount, name + inputCount, (nuint)results.Length, result),
                    _location);
            }
        }

        // All are owned before one is read, so that a refusal leaves none behind.
        OrtHandle[] owned = [.. results.Select(value => _api.Own(OrtFunction.ReleaseValue, value))];
        try
        {
            return wanted.Zip(owned).ToDictionary(pair => pair.First, pair => Copy(pair.Second, pair.First), StringComparer.Ordinal);
        }
        finally
        {
            Array.ForEach(owned, value => value.Dispose());
        }
    }

    private void Require(IReadOnlyDictionary<string, OnnxTensor> inputs, IReadOnlyList<string> wanted)
    {
        string[] missing = [.. Inputs.Select(i => i.Name).Where(name => !inputs.ContainsKey(name))];
        string[] unknown = [.. inputs.Keys.Where(name => Inputs.All(i => i.Name != name)).Order(StringComparer.Ordinal)];
        string[] absent = [.. wanted.Where(name => Outputs.All(o => o.Name != name))];
        string fault =
            missing.Length > 0 ? $"the inputs {Excerpt.List(missing)} are not given"
            : unknown.Length > 0 ? $"there are no inputs {Excerpt.List(unknown)}; it takes {Excerpt.List([.. Inputs.Select(i => i.Name)])}"
            : absent.Length > 0 ? $"there are no outputs {Excerpt.List(absent)}; it gives {Excerpt.List([.. Outputs.Select(o => o.Name)])}"
            : "";
        if (fault.Length > 0)
        {
            throw new CompilationException(Codes.OracleFailed, fault, _location);
        }
    }

    private byte[] Bytes(OnnxTensor tensor)
    {
        if (tensor.Data.Length > Array.MaxLength)
        {
            throw new CompilationException(
                Codes.OracleFailed, $"an input of {tensor.Data.Length} bytes cannot be given; at most {Array.MaxLength} can", _location);
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)Math.Max(LeastBufferBytes, tensor.Data.Length), pinned: true);
        tensor.Data.Read(0, bytes.AsSpan(0, (int)tensor.Data.Length));
        return bytes;
    }

    private OrtHandle Tensor(OnnxTensor tensor, byte[] pinned)
    {
        nint value;
        using OrtHandle.Use memory = _memory.Borrow();
        fixed (long* shape = tensor.Shape.ToArray())
        fixed (byte* data = pinned)
        {
            _api.Check(
                ((delegate* unmanaged<nint, byte*, nuint, long*, nuint, int, nint*, nint>)_api[OrtFunction.CreateTensorWithDataAsOrtValue])(
                    memory.Value, data, (nuint)tensor.Data.Length, shape, (nuint)tensor.Shape.Count, (int)tensor.ElementType, &value),
                _location);
        }

        return _api.Own(OrtFunction.ReleaseValue, value);
    }

    private OnnxTensor Copy(OrtHandle handle, string name)
    {
        using OrtHandle.Use value = handle.Borrow();
        int isTensor;
        _api.Check(((delegate* unmanaged<nint, int*, nint>)_api[OrtFunction.IsTensor])(value.Value, &isTensor), _location);
        (OnnxElementType type, long[] shape) = isTensor != 0 ? OrtTypes.Tensor(_api, value.Value, _location) : (OnnxElementType.Undefined, []);
        if (BitsOf(type) is not { } bits)
        {
            throw new CompilationException(
                Codes.OracleFailed, $"the output '{Excerpt.Of(name)}' is {(isTensor != 0 ? $"a tensor of {type}" : "no tensor")}; tensors of numbers can be read", _location);
        }

        long count = shape.Aggregate(1L, (product, extent) => checked(product * extent));
        byte[] bytes = new byte[checked((count * bits + 7) / 8)];
        byte* data;
        _api.Check(((delegate* unmanaged<nint, byte**, nint>)_api[OrtFunction.GetTensorMutableData])(value.Value, &data), _location);
        new ReadOnlySpan<byte>(data, bytes.Length).CopyTo(bytes);
        return new OnnxTensor(type, shape, new MemoryBytes(bytes), name);
    }

    // Null for what has no bytes of its own.
    private static int? BitsOf(OnnxElementType type) => type switch
    {
        OnnxElementType.Undefined or OnnxElementType.String => null,
        OnnxElementType.Int2 or OnnxElementType.UInt2 => 2,
        OnnxElementType.Int4 or OnnxElementType.UInt4 or OnnxElementType.Float4E2M1 => 4,
        OnnxElementType.Int8 or OnnxElementType.UInt8 or OnnxElementType.Bool or OnnxElementType.Float8E4M3FN or OnnxElementType.Float8E4M3FNUZ
            or OnnxElementType.Float8E5M2 or OnnxElementType.Float8E5M2FNUZ or OnnxElementType.Float8E8M0 => 8,
        OnnxElementType.Int16 or OnnxElementType.UInt16 or OnnxElementType.Float16 or OnnxElementType.BFloat16 => 16,
        OnnxElementType.Int32 or OnnxElementType.UInt32 or OnnxElementType.Float => 32,
        OnnxElementType.Int64 or OnnxElementType.UInt64 or OnnxElementType.Double or OnnxElementType.Complex64 => 64,
        OnnxElementType.Complex128 => 128,
    };

    private OnnxValue[] Values(OrtFunction countOf, OrtFunction nameOf, OrtFunction typeOf)
    {
        using OrtHandle.Use session = _session.Borrow();
        nuint count;
        nint allocator;
        _api.Check(((delegate* unmanaged<nint, nuint*, nint>)_api[countOf])(session.Value, &count), _location);
        _api.Check(((delegate* unmanaged<nint*, nint>)_api[OrtFunction.GetAllocatorWithDefaultOptions])(&allocator), _location);
        OnnxValue[] values = new OnnxValue[(int)count];
        for (int i = 0; i < values.Length; i++)
        {
            nint name, type;
            _api.Check(((delegate* unmanaged<nint, nuint, nint, nint*, nint>)_api[nameOf])(session.Value, (nuint)i, allocator, &name), _location);
            string text = Marshal.PtrToStringUTF8(name) ?? "";
            _api.Check(((delegate* unmanaged<nint, nint, nint>)_api[OrtFunction.AllocatorFree])(allocator, name), _location);
            _api.Check(((delegate* unmanaged<nint, nuint, nint*, nint>)_api[typeOf])(session.Value, (nuint)i, &type), _location);
            values[i] = OrtTypes.Value(_api, type, text, _location);
        }

        return values;
    }
}
