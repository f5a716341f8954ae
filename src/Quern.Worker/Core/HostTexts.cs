using System.Globalization;

namespace Quern.Worker.Core;

/// <summary>The texts of <c>worker_properties</c> and <c>worker_resources</c>: <c>host.x=y</c>, with or without the prefix.</summary>
internal static class HostTexts
{
    private const string Host = "host.";

    /// <summary>Adds each <c>x=y</c>; a part without a value is a flag that is 1. The last of several counts.</summary>
    public static void AddProperties(IDictionary<string, string> to, IEnumerable<string> parts)
    {
        foreach (var (name, value) in parts.Select(Split))
        {
            to[name] = value;
        }
    }

    /// <summary>Adds each <c>x=N</c>; a scoped resource keeps its prefix. What is not a number counts as none.</summary>
    public static void AddResources(IDictionary<string, int> to, IEnumerable<string> parts)
    {
        foreach (var (name, value) in parts.Select(Split))
        {
            to[name] = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;
        }
    }

    private static (string Name, string Value) Split(string part)
    {
        var equals = part.IndexOf('=', StringComparison.Ordinal);
        var (name, value) = equals < 0 ? (part, "1") : (part[..equals].TrimEnd(), part[(equals + 1)..].TrimStart());
        return (name.StartsWith(Host, StringComparison.Ordinal) ? name[Host.Length..] : name, value);
    }
}
