namespace Flightc.Chat;

/// <summary>What <c>namespace()</c> makes: variables that can be set from within loops.</summary>
internal sealed class TemplateNamespace
{
    /// <summary>The variables.</summary>
    public TemplateMap Values { get; } = new();
}
