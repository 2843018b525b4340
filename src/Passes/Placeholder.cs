namespace Flightc;

internal static class PlaceholderPasses
{
}
