namespace Flightc.Models;

/// <summary>Where a family keeps the weight and the bias of one operation of the Graph.</summary>
/// <param name="Stem">The tensor's name without <c>.weight</c> or <c>.bias</c> and without the outer module, such as <c>layers.N.mlp.down_proj</c>: N
/// stands for the layer.</param>
/// <param name="Transform">How the weight is made of the tensor; as it is where null.</param>
/// <param name="IsOutside">Whether it stands beside the decoder and not in it, as heads do.</param>
public sealed record TensorPlace(string Stem, TensorTransform? Transform = null, bool IsOutside = false)
{
    /// <summary>A tensor in the decoder that is taken as it is.</summary>
    /// <param name="stem">As <see cref="Stem"/>.</param>
    public static implicit operator TensorPlace(string stem) => new(stem);
}
