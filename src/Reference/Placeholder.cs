namespace Flightc;

internal static class PlaceholderReference
{
}
