using System.Globalization;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Numerics;
using Flightc.Diagnostics;

namespace Flightc.Schedules;

/// <summary>
/// Reads the text of one schedule, line by line, without recursion; what names mean is left to
/// <see cref="ScheduleVerifier"/>.
/// </summary>
internal sealed class ScheduleTextParser(string location)
{
    private readonly List<ChannelRange> _cores = [];
    private readonly List<Partition> _partitions = [];
    private readonly List<Region> _regions = [];
    private readonly List<Table> _tables = [];
    private readonly List<Product> _products = [];
    private readonly List<Phase> _phases = [];
    private readonly HashSet<(string Section, string Name)> _names = [];
    private Header? _header;
    private Geometry? _geometry;
    private CacheShape? _cache;
    private Mapping? _mapping;
    private List<ProductPart> _parts = [];
    private List<Step> _steps = [];

    /// <summary>The schedule. Its names and numbers are not checked against each other.</summary>
    public Schedule Parse(string text)
    {
        int number = 0;
        foreach (Range range in text.AsSpan().Split('\n'))
        {
            GraphTextLine line = new(text[range].TrimEnd('\r'), ++number, location, Codes.ScheduleText);
            if (!line.AtEnd)
            {
                ParseLine(line);
                line.ExpectEnd();
            }
        }

        if (_header is not { } header || _geometry is null || _cache is null || _mapping is null)
        {
            string missing = _header is null ? "schedule" : _geometry is null ? "target"
                : _cache is null ? "cache" : "mapping";
            throw new GraphTextLine("", number, location, Codes.ScheduleText).Error(
                1, $"the text ends without a line '{missing}'");
        }

        return new Schedule(
            header.Name, _geometry with { Cores = _cores }, header.Context, header.Tokens, header.Vocabulary,
            header.Group, header.ScoreSlots,
            _cache, _mapping, _partitions, _regions, _tables, _products, _phases);
    }

    private void ParseLine(GraphTextLine line)
    {
        int column = line.Column;
        string first = line.Word("what the line says");
        if ((_header is null) != (first == "schedule"))
        {
            throw line.Error(column, _header is null ? "a text begins with 'schedule'" : "a text holds one schedule");
        }

        switch (first)
        {
            case "phase":
                ParsePhase(line);
                break;
            case var _ when _phases.Count > 0:
                ParseStep(line, column, first);
                break;
            case "schedule":
                ParseHeader(line);
                break;
            case "target" when _geometry is null:
                ParseTarget(line);
                break;
            case "core":
                ParseCore(line);
                break;
            case "cache" when _cache is null:
                ParseCache(line);
                break;
            case "mapping" when _mapping is null:
                ParseMapping(line);
                break;
            case "partition":
                ParsePartition(line);
                break;
            case "region":
                ParseRegion(line);
                break;
            case "table":
                ParseTable(line);
                break;
            case "product":
                ParseProduct(line);
                break;
            case "part":
                ParsePart(line, column);
                break;
            case "target" or "cache" or "mapping":
                throw line.Error(column, $"'{first}' is given twice");
            default:
                throw line.Error(
                    column,
                    $"no line begins with '{GraphTextLine.Shorten(first)}' before the first phase; target, core, cache, mapping, partition, region, table, product, part and phase do");
        }
    }

    private void ParseHeader(GraphTextLine line)
    {
        string name = line.Quoted();
        ScheduleTextFields fields = new(line);
        _header = new Header(
            name, fields.Count("context"), fields.Count("tokens"), fields.Count("vocabulary"), fields.Count("group"),
            fields.Number("score_slots", ProgramLimits.Bytes));
        fields.ThrowIfLeftOver("schedule");
    }

    private void ParseTarget(GraphTextLine line)
    {
        string name = ScheduleTextFields.Word(line, "a name");
        ScheduleTextFields fields = new(line);
        _geometry = new Geometry(
            name, [], fields.Number("channel_bytes", ProgramLimits.Bytes),
            fields.Number("ddr_bytes", ProgramLimits.Bytes),
            fields.Number("scratch_bytes", ProgramLimits.Bytes), fields.Count("weight_ring_bytes"),
            fields.Count("cache_ring_bytes"),
            fields.Count("page_bytes"));
        fields.ThrowIfLeftOver("target");
    }

    private void ParseCore(GraphTextLine line)
    {
        ScheduleTextFields fields = new(line);
        _cores.Add(
            new ChannelRange(
                (int)fields.Number("first", ProgramLimits.Channels),
                (int)fields.Number("channels", ProgramLimits.Channels)));
        fields.ThrowIfLeftOver("core");
    }

    private void ParseCache(GraphTextLine line)
    {
        ScheduleTextFields fields = new(line);
        _cache = new CacheShape(fields.Count("layers"), fields.Count("heads"), fields.Count("head_dim"))
        {
            Bits = (int)fields.Number("bits", int.MaxValue, 8),
        };
        fields.ThrowIfLeftOver("cache");
    }

    private void ParseMapping(GraphTextLine line)
    {
        ScheduleTextFields fields = new(line);
        AttentionDivision attention = Choice(fields, "attention", ScheduleText.NameOf, Enum.GetValues<AttentionDivision>());
        PhaseMapping Phase(string name) => new(
            Choice(fields, $"{name}_gather", ScheduleText.NameOf, Enum.GetValues<GatherForm>()),
            fields.Count($"{name}_loops"));
        _mapping = new Mapping(
            attention, Phase("decode"), Phase("prefill"), fields.Count("gate_rows"), fields.Count("head_rows"),
            (int)fields.Number("ahead", 100));
        fields.ThrowIfLeftOver("mapping");
    }

    private void ParsePartition(GraphTextLine line)
    {
        string name = Define(line, "partition");
        List<long> bounds = [];
        while (!line.AtEnd)
        {
            int column = line.Column;
            string word = line.Word("a bound");
            bounds.Add(
                long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out long bound)
                    && bound <= ProgramLimits.Bytes
                    ? bound
                    : throw line.Error(
                        column,
                        $"a bound is a number from 0 to {ProgramLimits.Bytes}, not '{GraphTextLine.Shorten(word)}'"));
        }

        _partitions.Add(
            bounds.Count > 1
                ? new Partition(name, bounds)
                : throw line.Error(line.Column, "a partition has at least two bounds"));
    }

    private void ParseRegion(GraphTextLine line)
    {
        string name = Define(line, "region");
        ScheduleTextFields fields = new(line);
        _regions.Add(new Region(
            name, fields.Number("address", ProgramLimits.Bytes), fields.Count("element"),
            fields.Number("stride", ProgramLimits.Bytes),
            fields.Count("rows"), fields.Text("slice", ""), fields.Number("per_head", 1, 0) == 1));
        fields.ThrowIfLeftOver("region");
    }

    private void ParseTable(GraphTextLine line)
    {
        string name = Define(line, "table");
        ScheduleTextFields fields = new(line);
        TableKind kind = Choice(fields, "kind", ScheduleText.NameOf, Enum.GetValues<TableKind>());
        long rows = fields.Number("rows", ProgramLimits.Bytes);
        long columns = fields.Number("columns", ProgramLimits.Bytes);
        _tables.Add(kind switch
        {
            TableKind.Quantized => new Table(name, kind, rows, columns, Format(fields)),
            TableKind.Rotary => new Table(name, kind, rows, columns, Angles: Angles(fields, columns)),
            TableKind.Positions => new Table(name, kind, rows, columns) { Offset = (int)fields.Number("offset", int.MaxValue, 0) },
            TableKind.Vector => new Table(name, kind, rows, columns),
            TableKind.Mask => new Table(name, kind, rows, columns, MaskHash: fields.Text("mask")),
        });
        fields.ThrowIfLeftOver($"a {ScheduleText.NameOf(kind)} table");
    }

    private void ParseProduct(GraphTextLine line)
    {
        string name = Define(line, "product");
        ScheduleTextFields fields = new(line);
        _parts = [];
        _products.Add(new Product(
            name, fields.Number("columns", ProgramLimits.Bytes), fields.Number("alternate", 1, 0) == 1,
            (int)fields.Number("first_block", Product.AllBlocks, 0),
            (int)fields.Number("blocks", Product.AllBlocks, Product.AllBlocks), _parts));
        fields.ThrowIfLeftOver("product");
    }

    private void ParsePart(GraphTextLine line, int column)
    {
        if (_products.Count == 0)
        {
            throw line.Error(column, "a part stands below its product");
        }

        string node = ScheduleTextFields.Word(line, "a node");
        ScheduleTextFields fields = new(line);
        _parts.Add(new ProductPart(
            node, fields.Text("weight"), fields.Text("over"), fields.Number("offset", ProgramLimits.Bytes),
            fields.Number("elements", ProgramLimits.Bytes), fields.Count("rows_per_element"), Format(fields)));
        fields.ThrowIfLeftOver("part");
    }

    private void ParsePhase(GraphTextLine line)
    {
        string name = Define(line, "phase");
        ScheduleTextFields fields = new(line);
        string units = string.Join(", ", Enum.GetValues<Unit>().Select(InstructionSet.NameOf));
        _steps = [];
        _phases.Add(new Phase(name, fields.Parse("unit", $"one of {units}", InstructionSet.UnitNamed), _steps));
        fields.ThrowIfLeftOver("phase");
    }

    private void ParseStep(GraphTextLine line, int column, string mnemonic)
    {
        StepDefinition definition = StepDefinition.All.FirstOrDefault(d => d.Mnemonic == mnemonic)
            ?? throw line.Error(column, $"no step is called '{GraphTextLine.Shorten(mnemonic)}'");
        string name = ScheduleTextFields.Word(line, "a name");
        _steps.Add(new Step(definition.Kind, name, [.. new ScheduleTextFields(line).Rest]));
    }

    private string Define(GraphTextLine line, string section)
    {
        int column = line.Column;
        string name = ScheduleTextFields.Word(line, "a name");
        return _names.Add((section, name))
            ? name
            : throw line.Error(column, $"the {section} '{GraphTextLine.Shorten(name)}' is given twice");
    }

    private static T Choice<T>(ScheduleTextFields fields, string key, Func<T, string> nameOf, T[] values)
        where T : struct =>
        fields.Parse(key, $"one of {string.Join(", ", values.Select(nameOf))}", word =>
            Array.FindIndex(values, v => nameOf(v) == word) is >= 0 and int index ? values[index] : (T?)null);

    private static QuantizedFormat Format(ScheduleTextFields fields) =>
        fields.Parse("format", "bits and group size such as 4g64, or \"4g64 8:16\"", QuantizedFormat.Parse);

    // A table has the columns that its angles turn.
    private static RotaryAngles Angles(ScheduleTextFields fields, long columns) => new(
        fields.Parse("theta", "a finite number", Finite), (int)Math.Min(columns, int.MaxValue),
        fields.Find("divisors", "numbers with '_' between them, such as 1x20_3.25_8x11", RotaryText.Divisors),
        fields.Has("magnitude") ? fields.Parse("magnitude", "a finite number", Finite) : 1);

    private static double? Finite(string word) =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value)
            ? value
            : null;

    private sealed record Header(string Name, int Context, int Tokens, int Vocabulary, int Group, long ScoreSlots);
}
