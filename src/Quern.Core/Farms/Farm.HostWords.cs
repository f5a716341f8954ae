using System.Globalization;
using System.Text.Json;
using Quern.Core.Dispatch;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>Resources and properties of hosts that are said at run time. They stay over restarts of both sides, under <c>host-words/ID</c>.</summary>
public sealed partial class Farm
{
    /// <summary>Most names that are said of one host.</summary>
    private const int MostHostWords = 1000;

    /// <summary>Says something of a host, or takes it back. What it lets start is looked at in this turn.</summary>
    /// <returns>Why not, a sentence; null = done.</returns>
    public string? ChangeHostWords(WorkerId id, HostWordsChange change, Caller caller, Now now)
    {
        if (FindWorker(id) is not { } worker)
        {
            return $"there is no worker {id}; list them with qbhosts";
        }

        var words = change.After(worker.Words, name => HostResources.Held(worker, name));
        if (words.Properties.Count + words.Totals.Count > MostHostWords)
        {
            return $"more than {MostHostWords} resources and properties would be said of host {worker.Name}: take some back";
        }

        worker.Say(words);
        PutSetting(WordsKey(id), words.IsNone ? null : JsonSerializer.Serialize(words, CoreJson.Default.HostWords));
        RecordHost(worker, caller, $"said of it: {change.Text}", now);
        index.Reclassify(worker);
        index.WakeAll();
        return null;
    }

    private void LoadWords(Worker worker)
    {
        if (Setting(WordsKey(worker.Id)) is { } text)
        {
            worker.Say(JsonSerializer.Deserialize(text, CoreJson.Default.HostWords)!);
        }
    }

    private static string WordsKey(WorkerId id) => "host-words/" + id.Value.ToString(CultureInfo.InvariantCulture);
}
