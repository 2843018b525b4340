namespace Flightc;

internal static class PlaceholderFrontend
{
}
