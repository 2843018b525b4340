using System.Globalization;

namespace Flightc.Raising;

/// <summary>What regions start from.</summary>
internal static class Sources
{
    /// <summary>The one value that a region starts from, however often it was cast, or null.</summary>
    public static View? One(Region? region, Lifter lifter)
    {
        if (region is null || region.Sources.Count == 0 || lifter.ViewOf(region.Sources[0]) is not { Term: not PastTerm } first)
        {
            return null;
        }

        return region.Sources.Skip(1).All(s => lifter.ViewOf(s) is { } other && other.Term == first.Term && other.HasElementsOf(first)) ? first : null;
    }

    /// <summary>A text that is equal for views of terms of one width that show the same elements in the same places.</summary>
    public static string KeyOf(View view)
    {
        if (view.Term is PastTerm)
        {
            return string.Create(CultureInfo.InvariantCulture, $"past[{string.Join(',', view.Shape)}]{Hash(view)}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{view.Term.Columns}[{string.Join(',', view.Shape)}]{Hash(view)}");
    }

    private static string Hash(View view) => view.IsInOrder ? "in order" : view.Index.Hash;
}
