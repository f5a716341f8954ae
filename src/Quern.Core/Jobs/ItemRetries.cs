using System.Globalization;

namespace Quern.Core.Jobs;

/// <summary>Automatic retries of single items, and the seconds before each: Qube's <c>retry</c> and <c>retrydelay</c> of an item. Saved as <c>17=2/30 18=0/</c>, empty = as the job has it.</summary>
public sealed class ItemRetries
{
    private readonly Dictionary<int, (int? Retries, int? DelaySeconds)> _byItem = [];

    /// <summary>Null where the item has nothing of its own.</summary>
    public (int? Retries, int? DelaySeconds) this[int item] => _byItem.GetValueOrDefault(item);

    /// <param name="text">What <see cref="Save"/> wrote.</param>
    public static ItemRetries Load(string text)
    {
        var made = new ItemRetries();
        foreach (var entry in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var (equals, slash) = (entry.IndexOf('=', StringComparison.Ordinal), entry.IndexOf('/', StringComparison.Ordinal));
            made._byItem[Number(entry[..equals])!.Value] = (Number(entry[(equals + 1)..slash]), Number(entry[(slash + 1)..]));
        }

        return made;
    }

    public static string Save(IEnumerable<(int Item, int? Retries, int? DelaySeconds)> entries)
        => string.Join(' ', entries.Where(entry => entry.Retries is not null || entry.DelaySeconds is not null).Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Item}={entry.Retries}/{entry.DelaySeconds}")));

    private static int? Number(string text) => text.Length == 0 ? null : int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
