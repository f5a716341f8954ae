using System.Globalization;
using Quern.Core.Jobs;

namespace Quern.Core.Farms;

/// <summary>What few instances have, as one text of the instance's row: <c>secondary retired then=320</c>.</summary>
internal static class InstanceMarks
{
    private const string Secondary = "secondary";
    private const string Retired = "retired";
    private const string Then = "then=";

    public static string Write(Instance instance)
    {
        if (!instance.IsRetired && !instance.IsSecondary && instance.Leaving is null)
        {
            return "";
        }

        var leaving = instance.Leaving is { } next ? Then + ((int)next).ToString(CultureInfo.InvariantCulture) : "";
        return string.Join(' ', new[] { instance.IsSecondary ? Secondary : "", instance.IsRetired ? Retired : "", leaving }.Where(word => word.Length > 0));
    }

    /// <summary>To be asked before the rest of the row is read: by this an instance counts otherwise.</summary>
    public static bool SaysSecondary(string text) => text.StartsWith(Secondary, StringComparison.Ordinal);

    public static void Read(string text, Instance instance)
    {
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (word == Retired)
            {
                instance.IsRetired = true;
            }
            else if (word.StartsWith(Then, StringComparison.Ordinal))
            {
                instance.Leaving = (Status)int.Parse(word[Then.Length..], CultureInfo.InvariantCulture);
            }
        }
    }
}
