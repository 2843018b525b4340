namespace Flightc;

internal static class PlaceholderBackend
{
}
