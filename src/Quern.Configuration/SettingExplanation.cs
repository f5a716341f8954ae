namespace Quern.Configuration;

/// <summary>What one layer says of a setting.</summary>
/// <param name="Origin">FILE:LINE, <c>command line</c> or <c>default</c>.</param>
public sealed record SettingWord(SettingLayer Layer, string Value, string Origin)
{
    /// <summary>The setting, where words of several are kept together.</summary>
    public string Name { get; init; } = "";
}

/// <summary>The word that counts for a setting, and every other that was said.</summary>
/// <param name="Others">In the order in which they would count; what worker_lookup does not ask comes last.</param>
public sealed record SettingExplanation(SettingDefinition Setting, SettingWord Word, IReadOnlyList<SettingWord> Others)
{
    /// <param name="words">What the layers but the default say; the stronger first within a layer.</param>
    /// <param name="lookup">worker_lookup of the host.</param>
    public static SettingExplanation Of(SettingDefinition setting, IEnumerable<SettingWord> words, string lookup)
    {
        var all = words.Append(new SettingWord(SettingLayer.Default, setting.Default, "default")).ToList();
        var asked = SettingLayers.Asked(setting, lookup);
        var counting = asked.SelectMany(layer => all.Where(word => word.Layer == layer)).ToList();
        return new SettingExplanation(setting, counting[0], [.. counting.Skip(1), .. all.Where(word => !asked.Contains(word.Layer))]);
    }
}
