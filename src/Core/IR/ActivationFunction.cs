namespace Flightc.IR;

/// <summary>A function of one number between two matrix products. The numbers are those of the field <c>function</c> of <c>misc.activate</c>.</summary>
public enum ActivationFunction
{
    /// <summary><c>x ÷ (1 + e^-x)</c> (Elfwing et al. 2018; also called Swish).</summary>
    Silu = 0,

    /// <summary><c>x · Φ(x)</c>, Φ the normal distribution's (Hendrycks and Gimpel 2016).</summary>
    Gelu = 1,

    /// <summary>The usual approximation of <see cref="Gelu"/>: <c>x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))</c>.</summary>
    GeluTanh = 2,

    /// <summary><c>max(x, 0)</c>.</summary>
    Relu = 3,

    /// <summary><c>x ÷ (1 + e^(-1.702 x))</c>: a coarser approximation of <see cref="Gelu"/>.</summary>
    QuickGelu = 4,
}
