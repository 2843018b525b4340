using Flightc.Cli.Terminal;
using Flightc.Diagnostics;

namespace Flightc.Tests;

public sealed class FailureTests
{
    [Fact]
    public void A_bug_leaves_a_reproducer_and_shows_no_stack_trace()
    {
        using WorkFolder folder = new();
        Reproducer reproducer = new(["compile", "a model", "-t", "tiny"]) { Folder = folder.Root };
        reproducer.Reached("02-fuse-gate.graph", () => "graph @x");
        (ExitCode code, string error) = Report(Thrown(new InvalidOperationException("a queue is empty")), reproducer, isVerbose: false);
        Assert.Equal(ExitCode.InternalError, code);
        Assert.Contains($"error {Codes.Internal}: internal error: a queue is empty", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        string written = Path.Combine(folder.Root, Assert.Single(folder.Files));
        Assert.Contains(written, error, StringComparison.Ordinal);
        Assert.Equal("flightc compile 'a model' -t tiny\n", File.ReadAllText(Path.Combine(written, "command.txt")));
        Assert.Equal("graph @x", File.ReadAllText(Path.Combine(written, "02-fuse-gate.graph")));
        Assert.Contains("   at ", File.ReadAllText(Path.Combine(written, "error.txt")), StringComparison.Ordinal);
        Assert.Contains("   at ", Report(Thrown(new InvalidOperationException("x")), reproducer, isVerbose: true).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bug_is_told_even_where_nothing_can_be_written()
    {
        using WorkFolder folder = new();
        File.WriteAllText(folder["file"], "");
        Reproducer reproducer = new([]) { Folder = folder["file"] };
        Assert.Equal(ExitCode.InternalError, Report(new NotSupportedException("x"), reproducer, isVerbose: false).Code);
    }

    [Theory]
    [MemberData(nameof(Environments))]
    public void What_the_environment_does_is_not_our_bug(Exception error, ExitCode expected)
    {
        using WorkFolder folder = new();
        Assert.Equal(expected, Report(error, new Reproducer([]) { Folder = folder.Root }, isVerbose: false).Code);
    }

    public static TheoryData<Exception, ExitCode> Environments => new()
    {
        { new IOException("No space left on device"), ExitCode.Environment },
        { new UnauthorizedAccessException("Access denied"), ExitCode.Environment },
        { new InsufficientMemoryException(), ExitCode.Environment },
        { new AggregateException(new InsufficientMemoryException(), new InsufficientMemoryException()), ExitCode.Environment },
        { new OperationCanceledException(), ExitCode.Interrupted },
        { new AggregateException(new OperationCanceledException()), ExitCode.Interrupted },
        { new CompilationException(Codes.DoesNotFit, "x"), ExitCode.Unsupported },
        { new AggregateException(new CompilationException(Codes.ImageDamaged, "x"), new InvalidOperationException()), ExitCode.InternalError },
    };

    [Fact]
    public void Faults_from_several_threads_are_all_told_in_one_order()
    {
        AggregateException many = new(new CompilationException(Codes.DoesNotFit, "x", "b"), new CompilationException(Codes.DoesNotFit, "x", "a"), new CompilationException(Codes.DoesNotFit, "x", "b"));
        string error = Report(many, new Reproducer([]), isVerbose: false).Error;
        Assert.Equal("a: error FLC3001: x\nb: error FLC3001: x\n", error);
    }

    private static (ExitCode Code, string Error) Report(Exception error, Reproducer reproducer, bool isVerbose)
    {
        using StringWriter output = new();
        using StringWriter errors = new();
        ExitCode code = Failure.Report(error, new Output(output, errors, TerminalCapabilities.None) { IsVerbose = isVerbose }, reproducer);
        Assert.Empty(output.ToString());
        return (code, errors.ToString());
    }

    private static InvalidOperationException Thrown(InvalidOperationException error)
    {
        try
        {
            throw error;
        }
        catch (InvalidOperationException e)
        {
            return e;
        }
    }
}
