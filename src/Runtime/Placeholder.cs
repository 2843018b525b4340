namespace Flightc;

internal static class PlaceholderRuntime
{
}
