using Flightc.IR;

namespace Flightc.Cli.Allocating;

/// <summary>A matrix of the model for which a format is chosen.</summary>
/// <param name="Role">Its name by role.</param>
/// <param name="Elements">How many weights it has.</param>
/// <param name="IsEmbedding">Whether tokens are looked up in it.</param>
/// <param name="IsHead">Whether logits are made with it.</param>
internal sealed record AllocatedTensor(string Role, long Elements, bool IsEmbedding, bool IsHead)
{
    /// <summary>Whether it is a table in DDR alone.</summary>
    public bool IsTable => IsEmbedding && !IsHead;

    /// <summary>Whether a recipe can say this format of it: a table of tokens holds every code.</summary>
    public bool CanHave(QuantizedFormat format) => !IsTable || format.Sparsity.IsDense;
}
