using Flightc.Cli.Commands;
using Flightc.Diagnostics;
using Flightc.Recipes;

namespace Flightc.Cli.Compiling;

/// <summary>What a recipe wants of calibration, held against what the user gave.</summary>
internal static class CalibrationWishes
{
    /// <summary>The recipe as it can be followed: without calibration, some of it cannot.</summary>
    /// <param name="recipe">As it was named.</param>
    /// <param name="hasCalibration">Whether <c>--calibration</c> is given.</param>
    /// <param name="command">The command, for messages.</param>
    /// <param name="warnings">Told what is done less well.</param>
    /// <exception cref="CompilationException">The recipe cannot do without (FLC9001).</exception>
    public static Recipe Follow(Recipe recipe, bool hasCalibration, string command, DiagnosticBag warnings)
    {
        CompressionWishes wishes = recipe.Compression;
        if (!(wishes.UsesCalibration || wishes.NeedsCalibration) || hasCalibration)
        {
            return recipe;
        }

        if (wishes.NeedsCalibration)
        {
            throw UsageErrors.Of(
                command, $"the recipe '{recipe.Name}' wants calibration: give a text like that which the model will see with --calibration");
        }

        warnings.Warning(
            Codes.SettingsValue,
            $"without calibration the recipe '{recipe.Name}' rounds to the nearest, which loses about twice as much", "",
            $"'flightc {command} --calibration TEXT' takes a text like that which the model will see");
        return recipe with { Compression = wishes.ThatNeedNoData() };
    }
}
