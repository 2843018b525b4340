namespace Flightc.Cli.Layers;

/// <summary>How errors of single operators are looked for.</summary>
/// <param name="Tokens">The most scored tokens of the sample: the first ones of the text.</param>
/// <param name="RelativeLimit">An operator with a larger relative error is bad.</param>
/// <param name="CosineLimit">An operator with a smaller cosine is bad.</param>
internal sealed record LayerOptions(int Tokens, double RelativeLimit, double CosineLimit)
{
    /// <summary><see cref="Tokens"/> of those who name none.</summary>
    public const int DefaultTokens = 512;

    /// <summary><see cref="RelativeLimit"/> of those who name none: half of the signal is error.</summary>
    public const double DefaultRelativeLimit = 0.5;

    /// <summary><see cref="CosineLimit"/> of those who name none: 26 degrees.</summary>
    public const double DefaultCosineLimit = 0.9;
}
