using System.Globalization;
using Quern.Core.Jobs;

namespace Quern.Core.Farms;

/// <summary>What few instances have, as one text of the instance's row: <c>retired then=320</c>.</summary>
internal static class InstanceMarks
{
    private const string Retired = "retired";
    private const string Then = "then=";

    public static string Write(Instance instance)
    {
        var leaving = instance.Leaving is { } next ? Then + ((int)next).ToString(CultureInfo.InvariantCulture) : "";
        return !instance.IsRetired ? leaving : leaving.Length == 0 ? Retired : $"{Retired} {leaving}";
    }

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
