using System.Runtime.InteropServices;
using Flightc.Diagnostics;

namespace Flightc.Oracle;

/// <summary>ONNX Runtime as an oracle, bound to its C interface.</summary>
public sealed unsafe class OnnxRuntime : IOracle
{
    // Its errors reach us as messages; what it logs would stand between ours.
    private const int FatalErrorsOnly = 4;

    private readonly OrtApi _api;
    private readonly OrtHandle _environment;

    private OnnxRuntime(OrtApi api)
    {
        _api = api;
        nint environment;
        fixed (byte* log = "flightc\0"u8)
        {
            _api.Check(((delegate* unmanaged<int, byte*, nint*, nint>)_api[OrtFunction.CreateEnv])(FatalErrorsOnly, log, &environment), "");
        }

        _environment = _api.Own(OrtFunction.ReleaseEnv, environment);
        _api.Check(((delegate* unmanaged<nint, nint>)_api[OrtFunction.DisableTelemetryEvents])(environment), "");
    }

    /// <inheritdoc/>
    public string Name => $"ONNX Runtime {_api.Version}";

    /// <summary>Loads the library.</summary>
    /// <param name="library">As <see cref="OnnxRuntimeLibrary.Find"/> gives it.</param>
    /// <exception cref="CompilationException">It is not ONNX Runtime, or too old (FLC1601).</exception>
    public static OnnxRuntime Load(string library) => new(OrtApi.Load(library));

    /// <inheritdoc/>
    public IOracleSession Open(string path, OracleOptions options)
    {
        // Opened and closed: what the system has against the file is told in our words.
        InputFile.Open(path, "model", "an .onnx file").Dispose();
        using OrtHandle settings = Settings(options, path);
        using OrtHandle.Use setting = settings.Borrow();
        using OrtHandle.Use environment = _environment.Borrow();
        string full = Path.GetFullPath(path);
        nint name = OperatingSystem.IsWindows() ? Marshal.StringToCoTaskMemUni(full) : Marshal.StringToCoTaskMemUTF8(full);
        try
        {
            nint session;
            _api.Check(
                ((delegate* unmanaged<nint, nint, nint, nint*, nint>)_api[OrtFunction.CreateSession])(environment.Value, name, setting.Value, &session), path);
            return new OnnxRuntimeSession(_api, _api.Own(OrtFunction.ReleaseSession, session), path);
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    /// <inheritdoc/>
    public IOracleSession Open(ReadOnlySpan<byte> model, string name, OracleOptions options)
    {
        using OrtHandle settings = Settings(options, name);
        using OrtHandle.Use setting = settings.Borrow();
        using OrtHandle.Use environment = _environment.Borrow();
        nint session;
        fixed (byte* bytes = model)
        {
            _api.Check(
                ((delegate* unmanaged<nint, byte*, nuint, nint, nint*, nint>)_api[OrtFunction.CreateSessionFromArray])(
                    environment.Value, bytes, (nuint)model.Length, setting.Value, &session),
                name);
        }

        return new OnnxRuntimeSession(_api, _api.Own(OrtFunction.ReleaseSession, session), name);
    }

    /// <inheritdoc/>
    public void Dispose() => _environment.Dispose();

    private OrtHandle Settings(OracleOptions options, string location)
    {
        nint settings;
        _api.Check(((delegate* unmanaged<nint*, nint>)_api[OrtFunction.CreateSessionOptions])(&settings), location);
        OrtHandle handle = _api.Own(OrtFunction.ReleaseSessionOptions, settings);
        (OrtFunction Function, int Value)[] wishes =
        [
            (OrtFunction.SetSessionLogSeverityLevel, FatalErrorsOnly),
            (OrtFunction.SetSessionGraphOptimizationLevel, (int)options.Rewrites),
            (OrtFunction.SetIntraOpNumThreads, options.Threads),
            (OrtFunction.SetInterOpNumThreads, 1),
        ];
        foreach ((OrtFunction function, int value) in wishes)
        {
            _api.Check(((delegate* unmanaged<nint, int, nint>)_api[function])(settings, value), location);
        }

        return handle;
    }
}
