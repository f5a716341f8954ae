using Quern.Core.Expressions;

namespace Quern.Core.Resources;

/// <summary>A resource by class and name, written <c>license.maya</c>; names have no upper case, as in reservations.</summary>
public readonly record struct ResourceName(ResourceClass Class, string Name)
{
    private const int Longest = 200;

    /// <summary>How each class is written before a name.</summary>
    internal static readonly IReadOnlyDictionary<ResourceClass, string> Words = new Dictionary<ResourceClass, string>
    {
        [ResourceClass.Host] = "host", [ResourceClass.Global] = "global", [ResourceClass.GlobalHost] = "global_host", [ResourceClass.License] = "license",
        [ResourceClass.LicenseHost] = "license_host", [ResourceClass.Scoped] = "scoped",
    };

    /// <summary>Counted by the supervisor, not by one host.</summary>
    public bool IsOfFarm => Class != ResourceClass.Host;

    /// <summary>Others than the farm take of it, and <c>qbupdateresource</c> says how much.</summary>
    public bool IsShared => Class is ResourceClass.License or ResourceClass.LicenseHost;

    /// <summary>Taken once for a host, by the first of its instances.</summary>
    public bool IsPerHost => Class is ResourceClass.GlobalHost or ResourceClass.LicenseHost;

    /// <summary>Null and one sentence when <paramref name="text"/> is none.</summary>
    public static ResourceName? Parse(string text, out string? refusal)
    {
        refusal = null;
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        if (dot <= 0 || text.Length > Longest)
        {
            refusal = $"'{Short(text)}' is no resource: write it as class.name, as in license.maya";
            return null;
        }

        if (ClassOf(text[..dot]) is not { } found)
        {
            refusal = $"'{Short(text)}' is no resource: there is no class '{Short(text[..dot])}', use global, license, global_host, license_host, scoped or host";
            return null;
        }

        var name = text[(dot + 1)..];
        if (name.Length == 0 || !name.All(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_'))
        {
            refusal = $"'{Short(text)}' is no resource: names have letters, digits, dots, dashes and underscores";
            return null;
        }

        return new ResourceName(found, name.ToLowerInvariant());
    }

    public override string ToString() => $"{Words[Class]}.{Name}";

    /// <summary>Null where no class is called so.</summary>
    internal static ResourceClass? ClassOf(string word) => Words.Where(pair => pair.Value == word).Select(pair => (ResourceClass?)pair.Key).FirstOrDefault();

    private static string Short(string text) => string.Concat(text.Take(80).Select(c => char.IsControl(c) ? '?' : c));
}
