using System.Globalization;

namespace Flightc.Tests;

/// <summary>Which tensors of a checkpoint go into which file.</summary>
/// <param name="Shards">The tensors of each file.</param>
internal sealed record ShardPlan(IReadOnlyList<IReadOnlyList<RandomTensor>> Shards)
{
    /// <summary>The size that the hub's files have at most: 5 GB, of a thousand million bytes each.</summary>
    public const long HubSize = 5_000_000_000;

    /// <summary>Cuts a list as the hub's tools do: a file ends before the tensor that it has no room for.</summary>
    /// <param name="tensors">In the order of the model.</param>
    /// <param name="type">How numbers are stored.</param>
    /// <param name="limit">Bytes of a file; a tensor that is larger has a file to itself.</param>
    public static ShardPlan BySize(IEnumerable<RandomTensor> tensors, NumberType type, long limit)
    {
        List<List<RandomTensor>> shards = [[]];
        long size = 0;
        foreach (RandomTensor tensor in tensors)
        {
            long bytes = tensor.Count * type.Size;
            if (size + bytes > limit && shards[^1].Count > 0)
            {
                shards.Add([]);
                size = 0;
            }

            shards[^1].Add(tensor);
            size += bytes;
        }

        return new ShardPlan([.. shards]);
    }

    /// <summary>Deals a list out to a number of files, so that neighbours lie in different ones.</summary>
    public static ShardPlan Dealt(IReadOnlyList<RandomTensor> tensors, int shards) =>
        new([.. Enumerable.Range(0, shards).Select(shard => (IReadOnlyList<RandomTensor>)[.. tensors.Where((_, i) => i % shards == shard)])]);

    /// <summary>What a file is called.</summary>
    public string NameOf(int shard) => Shards.Count == 1
        ? "model.safetensors"
        : string.Create(CultureInfo.InvariantCulture, $"model-{shard + 1:D5}-of-{Shards.Count:D5}.safetensors");
}
