using Flightc.Backend;
using Flightc.Backend.Emission;
using Flightc.Backend.Linking;
using Flightc.IR;
using Flightc.Schedules;
using Flightc.Tests.Packing;

namespace Flightc.Tests.Linking;

/// <summary>A small schedule of the filetests with random weights, to be linked.</summary>
internal sealed class LinkedSample : IQuantizedWeights, IWeights
{
    private readonly Dictionary<string, QuantizedMatrix> _matrices = new(StringComparer.Ordinal);

    /// <param name="tied">Whether the embedding is the matrix of the logits too.</param>
    public LinkedSample(bool tied)
    {
        string text = File.ReadAllText(Path.Combine(TestData.Repository, "tests", "Filetests", "schedules", "emit.schedule")).Split("; expect:")[0];
        Schedule = ScheduleText.Parse(tied ? text.Replace("weight=head.weight", "weight=embed.weight", StringComparison.Ordinal) : text, "sample");
        Addresses = AddressMap.Of(Schedule);
        Random random = new(3);
        _matrices.Add("embed.weight", RandomWeights.Matrix(random, 64, 64, new QuantizedFormat(8, 64), false));
        foreach (Product product in Schedule.Products)
        {
            foreach (ProductPart part in product.Parts.Where(part => !_matrices.ContainsKey(part.Weight)))
            {
                _matrices.Add(
                    part.Weight,
                    RandomWeights.Matrix(random, (int)part.Elements * part.RowsPerElement, (int)product.Columns, part.Format, false));
            }
        }
    }

    public Schedule Schedule { get; }

    public AddressMap Addresses { get; }

    /// <summary>Names in the order in which they were asked for.</summary>
    public List<string> Asked { get; } = [];

    public bool HasData => true;

    public QuantizedMatrix Get(string name)
    {
        lock (Asked)
        {
            Asked.Add(name);
        }

        return _matrices[name];
    }

    public void Read(string name, long start, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = name.Length + start + i;
        }
    }

    public string HashOf(string name) => "";

    /// <summary>The bytes of all sections, by name.</summary>
    public SortedDictionary<string, byte[]> Link(LinkOptions options)
    {
        SortedDictionary<string, MemoryStream> streams = new(StringComparer.Ordinal);
        foreach ((string name, long bytes) in Linker.Sections(Schedule, Addresses))
        {
            streams.Add(name, new MemoryStream((int)bytes));
        }

        Linker.Write(Schedule, Addresses, this, this, name => streams[name], options);
        return new(streams.ToDictionary(s => s.Key, s => s.Value.ToArray()), StringComparer.Ordinal);
    }
}
