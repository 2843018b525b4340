using System.Runtime.InteropServices;
using Flightc.Diagnostics;

namespace Flightc.Oracle;

/// <summary>ONNX Runtime's library, loaded: its table of functions, and what becomes of its errors. Never unloaded, since its threads live as long as the process.</summary>
internal sealed unsafe class OrtApi
{
    /// <summary>The version of the interface that is asked for: that of ONNX Runtime 1.17, the first with opset 20.</summary>
    private const uint InterfaceVersion = 17;

    // What OrtGetApiBase gives: two functions.
    private const int GetApiPlace = 0, GetVersionStringPlace = 1;

    // ONNX Runtime names the node first and the cause last.
    private const int MessageCharacters = 600;

    private readonly nint* _functions;

    private OrtApi(nint* functions, string version)
    {
        _functions = functions;
        Version = version;
    }

    /// <summary>What the library says of itself, such as <c>1.30.0</c>.</summary>
    public string Version { get; }

    /// <summary>A function's address.</summary>
    public nint this[OrtFunction function] => _functions[(int)function];

    /// <summary>Loads a library.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CompilationException">It is not ONNX Runtime, or too old (FLC1601).</exception>
    public static OrtApi Load(string path)
    {
        nint getBase;
        try
        {
            getBase = NativeLibrary.GetExport(NativeLibrary.Load(path), "OrtGetApiBase");
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw Refused(path, $"it cannot be loaded: {Cause(e.Message)}", e);
        }
        catch (EntryPointNotFoundException e)
        {
            throw Refused(path, "it is a library, but has no function OrtGetApiBase", e);
        }

        nint* functions = ((delegate* unmanaged<nint*>)getBase)();
        string version = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)functions[GetVersionStringPlace])()) ?? "";
        nint* table = IsKnown(version) ? ((delegate* unmanaged<uint, nint*>)functions[GetApiPlace])(InterfaceVersion) : null;
        return table is not null
            ? new OrtApi(table, version)
            : throw Refused(path, $"it is ONNX Runtime {version}, and at least 1.{InterfaceVersion} is wanted", null);
    }

    /// <summary>Ends with ONNX Runtime's message where a call failed.</summary>
    /// <param name="status">What the call gave: null, or an error, which is released.</param>
    /// <param name="location">The model, for the message.</param>
    /// <exception cref="CompilationException">FLC1602.</exception>
    public void Check(nint status, string location)
    {
        if (status == 0)
        {
            return;
        }

        string message = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)this[OrtFunction.GetErrorMessage])(status)) ?? "";
        ((delegate* unmanaged<nint, void>)this[OrtFunction.ReleaseStatus])(status);
        throw new CompilationException(
            Codes.OracleFailed, $"ONNX Runtime {Version} refused it: {Excerpt.Of(message, MessageCharacters)}", location,
            "'flightc check' says what flightc itself thinks of a model");
    }

    /// <summary>Owns what a call made.</summary>
    public OrtHandle Own(OrtFunction release, nint value) => new(this, release, value);

    private static CompilationException Refused(string path, string message, Exception? inner) => new(
        Codes.OracleMissing, $"this is not ONNX Runtime as it is wanted: {message}", path, OnnxRuntimeLibrary.Advice, inner);

    // A library that is too old complains on standard error when it is asked for a later interface: it is not asked.
    private static bool IsKnown(string version)
    {
        string[] numbers = version.Split('.');
        return numbers.Length > 1 && uint.TryParse(numbers[0], out uint major) && uint.TryParse(numbers[1], out uint minor)
            && (major > 1 || minor >= InterfaceVersion);
    }

    // On Linux the first line is advice for developers, and the loader's own words are the last.
    private static string Cause(string message) => Excerpt.Of(message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1], MessageCharacters);
}
