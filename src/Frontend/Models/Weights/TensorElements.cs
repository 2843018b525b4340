using Flightc.IR;

namespace Flightc.Models;

/// <summary>Sizes of the element types that weights can have.</summary>
public static class TensorElements
{
    /// <summary>Bytes of an element: 2, 4 or 8.</summary>
    public static int Bytes(ElementType type) => type switch
    {
        ElementType.F16 or ElementType.BF16 => 2,
        ElementType.F64 => 8,
        _ => 4,
    };
}
