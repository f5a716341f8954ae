using System.Globalization;
using Quern.Core.Jobs;

namespace Quern.Core.Farms;

/// <summary>What few instances have, as one text of the instance's row: <c>secondary retired then=320 late</c>.</summary>
internal static class InstanceMarks
{
    private const string Secondary = "secondary";
    private const string Retired = "retired";
    private const string Then = "then=";
    private const string Late = "late";
    private const string ItemLate = "itemlate";

    public static string Write(Instance instance)
    {
        if (instance is { IsSecondary: false, IsRetired: false, Leaving: null, IsTimedOut: false, IsItemTimedOut: false })
        {
            return "";
        }

        var leaving = instance.Leaving is { } next ? Then + ((int)next).ToString(CultureInfo.InvariantCulture) : "";
        string[] words = [instance.IsSecondary ? Secondary : "", instance.IsRetired ? Retired : "", leaving, instance.IsTimedOut ? Late : "", instance.IsItemTimedOut ? ItemLate : ""];
        return string.Join(' ', words.Where(word => word.Length > 0));
    }

    /// <summary>To be asked before the rest of the row is read: by this an instance counts otherwise.</summary>
    public static bool SaysSecondary(string text) => text.StartsWith(Secondary, StringComparison.Ordinal);

    public static void Read(string text, Instance instance)
    {
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            instance.IsRetired |= word == Retired;
            instance.IsTimedOut |= word == Late;
            instance.IsItemTimedOut |= word == ItemLate;
            if (word.StartsWith(Then, StringComparison.Ordinal))
            {
                instance.Leaving = (Status)int.Parse(word[Then.Length..], CultureInfo.InvariantCulture);
            }
        }
    }
}
