using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Schedules;

/// <summary>
/// Rules 9 to 15 of <see cref="ScheduleVerifier"/>: the steps of a phase, everything else of the schedule
/// being valid.
/// </summary>
internal sealed class PhaseRules
{
    private readonly Schedule _schedule;
    private readonly Phase _phase;
    private readonly DiagnosticBag _bag;
    private bool _isSound = true;

    private PhaseRules(Schedule schedule, Phase phase, DiagnosticBag bag) =>
        (_schedule, _phase, _bag) = (schedule, phase, bag);

    /// <summary>Reports what is wrong with a phase.</summary>
    public static void Verify(Schedule schedule, Phase phase, DiagnosticBag bag)
    {
        PhaseRules rules = new(schedule, phase, bag);
        foreach (Step step in phase.Steps)
        {
            rules.VerifyArguments(step);
        }

        if (rules.LoopsMatch())
        {
            rules.VerifyPlaces();
        }

        rules.VerifyEnd();
        if (!rules._isSound)
        {
            return;
        }

        rules.VerifyProducts();
        rules.VerifyCache();
        rules.VerifyMapping();
        StepExtents extents = new(schedule, phase);
        foreach (Step step in phase.Steps)
        {
            if (extents.ErrorOf(step) is { } error)
            {
                rules.Report(step, error);
            }
        }

        ScratchLiveness.Verify(schedule, phase, rules.Report);
    }

    private void VerifyArguments(Step step)
    {
        StepDefinition definition = StepDefinition.Of(step.Kind);
        int position = -1;
        foreach (StepArgument argument in step.Arguments)
        {
            int index = IndexOf(definition, argument.Key);
            if (index < 0)
            {
                string known = definition.Arguments.Count == 0
                    ? "it takes none"
                    : $"it takes {string.Join(", ", definition.Arguments.Select(a => a.Key))}";
                Report(step, $"the step has no argument '{GraphTextLine.Shorten(argument.Key)}'; {known}");
            }
            else if (index <= position)
            {
                Report(
                    step,
                    $"'{argument.Key}' stands behind '{definition.Arguments[position].Key}'; the order is '{string.Join(", ", definition.Arguments.Select(a => a.Key))}'");
            }
            else if (ErrorOf(definition.Arguments[index], step, argument.Value) is { } error)
            {
                Report(step, error);
            }

            position = Math.Max(position, index);
        }

        foreach (ArgumentDefinition missing in definition.Arguments.Where(a => !a.IsOptional && step.Find(a.Key) is null))
        {
            Report(step, $"'{missing.Key}' is missing: {missing.Meaning}");
        }
    }

    private string? ErrorOf(ArgumentDefinition definition, Step step, string value)
    {
        (object? found, string what) = definition.Role switch
        {
            ArgumentRole.Read or ArgumentRole.Write or ArgumentRole.Update => (_schedule.FindRegion(value), "region"),
            ArgumentRole.Partition => (_schedule.FindPartition(value), "partition"),
            ArgumentRole.Table => (_schedule.FindTable(value), "table"),
            ArgumentRole.Product => ((object?)_schedule.FindProduct(value), "product"),
            ArgumentRole.Number or ArgumentRole.Word => (value, ""),
        };
        if (found is null)
        {
            return $"'{definition.Key}' names no {what}: there is no '{GraphTextLine.Shorten(value)}'";
        }

        return definition.Role switch
        {
            ArgumentRole.Number => StepNumbers.ErrorOf(_schedule, step, definition.Key, value),
            ArgumentRole.Word => StepNumbers.WordErrorOf(definition.Key, value),
            _ => null,
        };
    }

    private bool LoopsMatch()
    {
        Step? loop = null;
        for (int i = 0; i < _phase.Steps.Count; i++)
        {
            Step step = _phase.Steps[i];
            string? error = step.Kind switch
            {
                StepKind.For when loop is not null =>
                    $"the loop stands inside the loop '{GraphTextLine.Shorten(loop.Name)}'",
                StepKind.End when loop is null => "no loop ends here",
                StepKind.End when _phase.Steps[i - 1].Kind == StepKind.For => "the loop is empty",
                _ => null,
            };
            if (error is not null)
            {
                Report(step, error);
                return false;
            }

            loop = step.Kind == StepKind.For ? step : step.Kind == StepKind.End ? null : loop;
        }

        if (loop is not null)
        {
            Report(loop, "the loop has no end");
        }

        return loop is null;
    }

    private void VerifyPlaces()
    {
        bool inLoop = false;
        foreach (Step step in _phase.Steps)
        {
            inLoop = step.Kind == StepKind.For || (inLoop && step.Kind != StepKind.End);
            if (step.Kind is not (StepKind.For or StepKind.End))
            {
                VerifyPlace(step, inLoop);
            }
        }
    }

    private void VerifyEnd()
    {
        for (int i = 0; i < _phase.Steps.Count - 1; i++)
        {
            if (_phase.Steps[i].Kind == StepKind.Finish)
            {
                Report(_phase.Steps[i], "the program ends before the last step");
            }
        }

        if (_phase.Steps.Count == 0 || _phase.Steps[^1].Kind != StepKind.Finish)
        {
            ScheduleVerifier.Report(_bag, _phase.Name, "the last step is not 'finish'");
            _isSound = false;
        }
    }

    private void VerifyPlace(Step step, bool inLoop)
    {
        bool? wanted = step.Kind switch
        {
            StepKind.Output or StepKind.LoadCache => !IsOfAllHeads(step),
            StepKind.Score or StepKind.Softmax or StepKind.Value => true,
            StepKind.Maximum or StepKind.Sum => null,
            StepKind.LoadIndexed or StepKind.LoadPositions or StepKind.LoadVector or StepKind.LoadMask or StepKind.Embed or StepKind.Measure or StepKind.Quantize
                or StepKind.Gather or StepKind.Linear or StepKind.Heads or StepKind.Activate or StepKind.Add or StepKind.Bias or StepKind.Norm or StepKind.StoreCache
                or StepKind.StoreScale or StepKind.StoreLogits or StepKind.For or StepKind.End or StepKind.Finish => false,
        };
        if (wanted is { } place && place != inLoop)
        {
            Report(
                step,
                place
                    ? "the step works on a KV head and stands outside of a loop over them"
                    : "the step stands inside a loop over KV heads, and works on all of them");
        }

        if (!inLoop && !IsOfAllHeads(step) && RegionsOf(step).FirstOrDefault(r => r.IsPerHead) is { } region)
        {
            Report(step, $"region '{region.Name}' has a row per KV head and is used outside of a loop over them");
        }
    }

    private static bool IsOfAllHeads(Step step) => step.Find("all") == "1";

    private void VerifyProducts()
    {
        Step[] linears = [.. _phase.Steps.Where(s => s.Kind == StepKind.Linear)];
        for (int i = 0; i < linears.Length; i++)
        {
            string wanted = i < _schedule.Products.Count ? _schedule.Products[i].Name : "";
            if (linears[i].Text("product") != wanted)
            {
                Report(linears[i], wanted.Length > 0
                    ? $"the weight streams continue with product '{wanted}', not '{linears[i].Text("product")}'"
                    : $"the weight streams are at their end, and product '{linears[i].Text("product")}' is wanted");
                return;
            }
        }

        if (linears.Length < _schedule.Products.Count)
        {
            ScheduleVerifier.Report(
                _bag, _phase.Name, $"no step uses product '{_schedule.Products[linears.Length].Name}'");
        }
    }

    private void VerifyCache()
    {
        string[] layers = [.. Enumerable.Range(0, _schedule.Cache.Layers).SelectMany(l => new[] { $"keys of layer {l}", $"values of layer {l}" })];
        Compare("loads", UsesOf(s => s.Kind == StepKind.LoadCache ? s.Text("part") : null), layers);
        Compare(
            "uses",
            UsesOf(s => s.Kind == StepKind.Score ? "keys" : s.Kind == StepKind.Value ? "values" : null),
            layers);
        Compare("stores", UsesOf(s => s.Kind == StepKind.StoreCache ? s.Text("part") : null), layers);
        Compare("stores scales of", UsesOf(s => s.Kind == StepKind.StoreScale ? s.Text("part") : null), layers);
    }

    /// <summary>The steps are those of the choices that the mapping states.</summary>
    private void VerifyMapping()
    {
        PhaseMapping mapping = _schedule.Mapping.Of(_phase.Name);
        int loops = 0;
        bool isInLoop = false;
        foreach (Step step in _phase.Steps)
        {
            isInLoop &= step.Kind != StepKind.End;
            bool attends = step.Kind is StepKind.Score or StepKind.Value;
            loops += attends && !isInLoop ? 1 : 0;
            isInLoop |= attends;
        }

        if (loops != mapping.Loops * _schedule.Cache.Layers)
        {
            ScheduleVerifier.Report(
                _bag, _phase.Name,
                $"{_schedule.Cache.Layers} layers attend in {loops} loops; the mapping says {mapping.Loops} in each");
        }

        // In one loop the rows of a head's keys are followed by those of its values.
        if (mapping.Loops == 1 && _phase.Steps.FirstOrDefault(s => s.Kind == StepKind.LoadCache && IsOfAllHeads(s)) is { } load)
        {
            Report(load, "the keys or values of all heads are loaded at once, but one loop takes those of a head in turn");
        }

        // Norms that make values of whole rows have these gathered, whatever others give one another.
        bool hasWholeNorms = _phase.Steps.Any(s => s.Kind == StepKind.Norm && s.Find("product") is null);
        Step? quantize = _phase.Steps.FirstOrDefault(s => s.Kind == StepKind.Quantize && s.Find("sums") is not null
            && s.Find("over") is null != (mapping.Gather == GatherForm.Values) && !(hasWholeNorms && s.Find("over") is null));
        if (quantize is not null)
        {
            Report(
                quantize,
                mapping.Gather == GatherForm.Values
                    ? "a slice is normalised; the mapping says that values are gathered"
                    : "whole rows are normalised; the mapping says that codes are gathered");
        }
    }

    private IEnumerable<string> UsesOf(Func<Step, string?> part) =>
        _phase.Steps.Where(s => part(s) is not null).Select(s => $"{part(s)} of layer {s.Number("layer")}");

    private void Compare(string verb, IEnumerable<string> uses, string[] wanted)
    {
        string[] found = [.. uses];
        int same = found.Zip(wanted).TakeWhile(pair => pair.First == pair.Second).Count();
        if (same < found.Length || same < wanted.Length)
        {
            string next = same < found.Length ? found[same] : "nothing more";
            string due = same < wanted.Length ? wanted[same] : "nothing more";
            ScheduleVerifier.Report(_bag, _phase.Name, $"the phase {verb} {next} where {due} is due");
        }
    }

    private IEnumerable<Region> RegionsOf(Step step) => StepDefinition.Of(step.Kind).Arguments
        .Where(a => a.Role is ArgumentRole.Read or ArgumentRole.Write or ArgumentRole.Update)
        .Select(a => step.Find(a.Key) is { } name ? _schedule.FindRegion(name) : null).OfType<Region>();

    private static int IndexOf(StepDefinition definition, string key)
    {
        for (int i = 0; i < definition.Arguments.Count; i++)
        {
            if (definition.Arguments[i].Key == key)
            {
                return i;
            }
        }

        return -1;
    }

    private void Report(Step step, string message)
    {
        ScheduleVerifier.Report(
            _bag,
            $"{_phase.Name}: {StepDefinition.Of(step.Kind).Mnemonic} {GraphTextLine.Shorten(step.Name)}",
            message);
        _isSound = false;
    }
}
