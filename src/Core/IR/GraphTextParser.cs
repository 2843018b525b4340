using System.Globalization;

namespace Flightc.IR;

/// <summary>Reads the text of one graph, line by line, without recursion; types are taken as written.</summary>
internal sealed class GraphTextParser(string location)
{
    private readonly List<GraphInput> _inputs = [];
    private readonly List<Weight> _weights = [];
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<string, ValueId> _values = new(StringComparer.Ordinal);
    private readonly List<ValueId> _outputs = [];

    private (string Name, int Context)? _header;

    /// <summary>The graph. Its types and attributes are not checked against each other.</summary>
    public Graph Parse(string text)
    {
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            GraphTextLine line = new(lines[i].TrimEnd('\r'), i + 1, location);
            if (!line.AtEnd)
            {
                ParseLine(line);
            }
        }

        if (_outputs.Count == 0)
        {
            throw new GraphTextLine("", lines.Length, location).Error(1, "the text ends before 'return'");
        }

        return new Graph(_header!.Value.Name, _header.Value.Context, _inputs, _weights, _nodes, _outputs);
    }

    private void ParseLine(GraphTextLine line)
    {
        int column = line.Column;
        string first = line.Word("'graph', 'input', 'weight', 'return' or a name");
        if ((_header is null) != (first == "graph"))
        {
            throw line.Error(column, _header is null ? "a text begins with 'graph'" : "a text holds one graph");
        }

        if (_outputs.Count > 0)
        {
            throw line.Error(column, "nothing follows 'return'");
        }

        switch (first)
        {
            case "graph":
                ParseHeader(line);
                break;
            case "input":
                ParseInput(line, column);
                break;
            case "weight":
                ParseWeight(line, column);
                break;
            case "return":
                ParseOperands(line, _outputs);
                break;
            default:
                ParseNode(line, column, first);
                break;
        }

        line.ExpectEnd();
    }

    private void ParseHeader(GraphTextLine line)
    {
        string name = line.Quoted();
        int column = line.Column;
        if (line.Word("'context'") != "context")
        {
            throw line.Error(column, "'context' is wanted");
        }

        line.Expect('=');
        _header = (name, (int)Number(line, int.MaxValue, "a number of tokens"));
    }

    private void ParseInput(GraphTextLine line, int column)
    {
        if (_weights.Count + _nodes.Count > 0)
        {
            throw line.Error(column, "inputs stand before weights and operations");
        }

        string name = Define(line);
        line.Expect(':');
        _inputs.Add(new GraphInput(name, ParseType(line)));
    }

    private void ParseWeight(GraphTextLine line, int column)
    {
        if (_nodes.Count > 0)
        {
            throw line.Error(column, "weights stand before operations");
        }

        string name = Define(line);
        line.Expect(':');
        TensorType type = ParseType(line);
        QuantizedFormat? format = null;
        string hash = "";
        while (!line.AtEnd)
        {
            column = line.Column;
            string word = line.Word("a format such as 4g64, or sha256:");
            if (word == "sha256" && hash.Length == 0)
            {
                line.Expect(':');
                hash = line.Word("64 digits");
            }
            else if (format is null && hash.Length == 0 && QuantizedFormat.Parse(word) is { } known)
            {
                format = known;
            }
            else if (format is { Sparsity.IsDense: true } dense && hash.Length == 0 && line.Take(':')
                && Sparsity.Parse($"{word}:{line.Word("a run such as 16")}") is { } sparsity)
            {
                format = dense with { Sparsity = sparsity };
            }
            else
            {
                throw line.Error(
                    column,
                    $"a format such as 4g64, or sha256: is wanted, not '{GraphTextLine.Shorten(word)}'");
            }
        }

        string source = line.Comment.StartsWith(GraphText.SourceMark, StringComparison.Ordinal)
            ? line.Comment[GraphText.SourceMark.Length..]
            : "";
        _weights.Add(new Weight(name, type, hash, format, GraphTextLine.Unescape(source) ?? source));
    }

    private void ParseNode(GraphTextLine line, int column, string name)
    {
        ValueId id = Define(line, name, column);
        line.Expect(':');
        TensorType type = ParseType(line);
        line.Expect('=');
        int opColumn = line.Column;
        string mnemonic = line.Word("an operator");
        List<ValueId> operands = [];
        ParseOperands(line, operands);
        if (operands.Contains(id))
        {
            throw line.Error(column, $"'{GraphTextLine.Shorten(name)}' is its own operand");
        }

        AttributeReader attributes = new(line, ParseAttributes(line));
        Op op = OpText.Create(mnemonic, attributes)
            ?? throw line.Error(opColumn, $"no operator is called '{GraphTextLine.Shorten(mnemonic)}'");
        attributes.ThrowIfLeftOver(mnemonic);
        _nodes.Add(new Node(name, op, operands, type));
    }

    private void ParseOperands(GraphTextLine line, List<ValueId> operands)
    {
        do
        {
            int column = line.Column;
            string name = line.Word("a value");
            operands.Add(_values.TryGetValue(name, out ValueId id)
                ? id
                : throw line.Error(column, $"nothing above defines '{GraphTextLine.Shorten(name)}'"));
        }
        while (line.Take(','));
    }

    private static Dictionary<string, (string Value, int Column)> ParseAttributes(GraphTextLine line)
    {
        Dictionary<string, (string Value, int Column)> attributes = new(StringComparer.Ordinal);
        if (!line.Take('{'))
        {
            return attributes;
        }

        do
        {
            int column = line.Column;
            string name = line.Word("an attribute");
            line.Expect('=');
            if (!attributes.TryAdd(name, (line.Word("a value"), column)))
            {
                throw line.Error(column, $"the attribute '{GraphTextLine.Shorten(name)}' is given twice");
            }
        }
        while (line.Take(','));
        line.Expect('}');
        return attributes;
    }

    private static TensorType ParseType(GraphTextLine line)
    {
        int column = line.Column;
        string name = line.Word("an element type");
        ElementType[] matches = Array.FindAll(Enum.GetValues<ElementType>(), e => TensorType.NameOf(e) == name);
        if (matches is not [ElementType element])
        {
            throw line.Error(column, $"no element type is called '{GraphTextLine.Shorten(name)}'");
        }

        List<Dim> shape = [];
        line.Expect('[');
        do
        {
            shape.Add(line.Peek() == 'T' && line.Take('T') ? Dim.Tokens : Number(line, long.MaxValue, "T or a size"));
        }
        while (line.Take(','));
        line.Expect(']');
        return new TensorType(element, shape);
    }

    private static long Number(GraphTextLine line, long largest, string wanted)
    {
        int column = line.Column;
        string word = line.Word(wanted);
        return long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            && value <= largest
            ? value
            : throw line.Error(column, $"{wanted} is wanted, at most {largest}, not '{GraphTextLine.Shorten(word)}'");
    }

    private string Define(GraphTextLine line)
    {
        int column = line.Column;
        string name = line.Word("a name");
        Define(line, name, column);
        return name;
    }

    private ValueId Define(GraphTextLine line, string name, int column)
    {
        ValueId id = new(_values.Count);
        return _values.TryAdd(name, id)
            ? id
            : throw line.Error(column, $"the name '{GraphTextLine.Shorten(name)}' is given twice");
    }
}
