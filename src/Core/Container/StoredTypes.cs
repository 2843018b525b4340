namespace Flightc.Container;

/// <summary>Names and sizes of <see cref="StoredType"/>.</summary>
public static class StoredTypes
{
    /// <summary>The type a safetensors header calls <paramref name="name"/>; names are case-sensitive.</summary>
    /// <returns>False when the format knows no such type.</returns>
    public static bool TryParse(string name, out StoredType type)
    {
        foreach (StoredType candidate in Enum.GetValues<StoredType>())
        {
            if (candidate.Name() == name)
            {
                type = candidate;
                return true;
            }
        }

        type = default;
        return false;
    }

    /// <summary>The name in a safetensors header, such as <c>BF16</c> or <c>F8_E4M3</c>.</summary>
    public static string Name(this StoredType type) => type switch
    {
        StoredType.Bool => "BOOL",
        StoredType.F4 => "F4",
        StoredType.F6E2M3 => "F6_E2M3",
        StoredType.F6E3M2 => "F6_E3M2",
        StoredType.U8 => "U8",
        StoredType.I8 => "I8",
        StoredType.F8E5M2 => "F8_E5M2",
        StoredType.F8E4M3 => "F8_E4M3",
        StoredType.F8E8M0 => "F8_E8M0",
        StoredType.F8E4M3Fnuz => "F8_E4M3FNUZ",
        StoredType.F8E5M2Fnuz => "F8_E5M2FNUZ",
        StoredType.I16 => "I16",
        StoredType.U16 => "U16",
        StoredType.F16 => "F16",
        StoredType.BF16 => "BF16",
        StoredType.I32 => "I32",
        StoredType.U32 => "U32",
        StoredType.F32 => "F32",
        StoredType.C64 => "C64",
        StoredType.F64 => "F64",
        StoredType.I64 => "I64",
        StoredType.U64 => "U64",
    };

    /// <summary>Bits per element: 4, 6, 8, 16, 32 or 64.</summary>
    public static int Bits(this StoredType type) => type switch
    {
        StoredType.F4 => 4,
        StoredType.F6E2M3 or StoredType.F6E3M2 => 6,
        StoredType.Bool or StoredType.U8 or StoredType.I8 => 8,
        StoredType.F8E5M2 or StoredType.F8E4M3 or StoredType.F8E8M0 => 8,
        StoredType.F8E4M3Fnuz or StoredType.F8E5M2Fnuz => 8,
        StoredType.I16 or StoredType.U16 or StoredType.F16 or StoredType.BF16 => 16,
        StoredType.I32 or StoredType.U32 or StoredType.F32 => 32,
        StoredType.C64 or StoredType.F64 or StoredType.I64 or StoredType.U64 => 64,
    };
}
