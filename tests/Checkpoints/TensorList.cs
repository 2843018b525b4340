namespace Flightc.Tests;

/// <summary>A list of a model's tensors in the making.</summary>
/// <param name="prefix">What stands before every name of the decoder, such as <c>model.</c>.</param>
internal sealed class TensorList(string prefix)
{
    /// <summary>What was listed, in order.</summary>
    public List<RandomTensor> Tensors { get; } = [];

    /// <summary>A matrix or table whose rows have about the size of what goes in.</summary>
    public void Matrix(string name, int rows, int columns, float size = 1.5f) =>
        Tensors.Add(new RandomTensor(prefix + name, [rows, columns], 0, size / MathF.Sqrt(columns)));

    /// <summary>A matrix stored (in, out), and a bias.</summary>
    public void Turned(string stem, int inputs, int outputs)
    {
        Tensors.Add(new RandomTensor($"{prefix}{stem}.weight", [inputs, outputs], 0, 1.5f / MathF.Sqrt(inputs)));
        Bias($"{stem}.bias", outputs);
    }

    /// <summary>A matrix, and a bias where it has one.</summary>
    public void Projection(string stem, int outputs, int inputs, bool hasBias)
    {
        Matrix($"{stem}.weight", outputs, inputs);
        if (hasBias)
        {
            Bias($"{stem}.bias", outputs);
        }
    }

    /// <summary>A norm's weight; about 0 where the norm adds one.</summary>
    public void Norm(string name, int size, float mean = 1) => Tensors.Add(new RandomTensor(prefix + name, [size], mean, 0.4f));

    /// <summary>A weight about one, and a bias.</summary>
    public void LayerNorm(string stem, int size)
    {
        Norm($"{stem}.weight", size);
        Bias($"{stem}.bias", size);
    }

    /// <summary>The head, which lies beside the decoder; none where it is tied to the embedding.</summary>
    public void Head(ModelSizes sizes)
    {
        if (!sizes.IsTied)
        {
            Tensors.Add(new RandomTensor("lm_head.weight", [sizes.Vocabulary, sizes.Hidden], 0, 1.5f / MathF.Sqrt(sizes.Hidden)));
        }
    }

    private void Bias(string name, int size) => Tensors.Add(new RandomTensor(prefix + name, [size], 0, 0.5f));
}
