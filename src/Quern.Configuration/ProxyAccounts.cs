using System.Globalization;

namespace Quern.Configuration;

/// <summary>What a <c>proxy_account</c> stands for: one account, or with <c>{slot}</c> in it one for each slot, numbered from 0.</summary>
public static class ProxyAccounts
{
    private const string SlotMark = "{slot}";

    /// <summary>Each slot has an account of its own.</summary>
    public static bool IsPerSlot(string pattern) => pattern.Contains(SlotMark, StringComparison.Ordinal);

    /// <summary>The account of the first slot, which stands for all where one is looked at.</summary>
    public static string First(string pattern) => Names(pattern, 1)[0];

    public static IReadOnlyList<string> Names(string pattern, int slots) => IsPerSlot(pattern)
        ? [.. Enumerable.Range(0, slots).Select(slot => pattern.Replace(SlotMark, slot.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal))]
        : [pattern];
}
