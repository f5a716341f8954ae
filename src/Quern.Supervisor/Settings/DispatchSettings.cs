using System.Globalization;
using Quern.Configuration;
using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Farms;
using Quern.Policies;
using Quern.Supervisor.Policies;

namespace Quern.Supervisor.Settings;

/// <summary>Who goes first, where, and at whose cost: the settings of dispatch. Source: reference, qube-jobs 12.</summary>
internal static class DispatchSettings
{
    private const string Algorithm = "supervisor_queue_algorithm";
    private const string Binding = "supervisor_queue_binding";
    private const string Library = "supervisor_queue_library";
    private const string Order = "supervisor_default_hostorder";
    private const string DefaultMax = "supervisor_default_max_cpus";
    private const string Shares = "supervisor_cluster_shares";
    private const string Internal = "Internal";
    private const string Dotnet = "dotnet";
    private const int LargestWeight = 1_000_000;

    /// <exception cref="ConfigurationException">One of them cannot be read.</exception>
    public static FarmOptions AddTo(FarmOptions options, QuernSettings settings) => options with
    {
        QueueAlgorithm = AlgorithmOf(settings),
        Policy = PolicyOf(settings),
        DefaultHostOrder = HostOrderOf(settings),
        PreemptPolicy = Enum.Parse<PreemptPolicy>(settings.Text("supervisor_preempt_policy"), ignoreCase: true),
        SmartShare = new SmartShare(settings.Text("supervisor_smart_share_mode") == "jobs", Enum.Parse<PreemptPolicy>(settings.Text("supervisor_smart_share_preempt_policy"), ignoreCase: true), DefaultMaxOf(settings), settings.Int("supervisor_max_cpus_limit")),
        Shares = SharesOf(settings),
        ShareOfOthers = settings.Int("supervisor_share_of_others"),
        WidePatienceMs = settings.Int("supervisor_wide_patience_seconds") is >= 0 and var seconds ? seconds * 1000L : -1,
    };

    /// <summary>Of a stack the leftmost that says who goes first counts: policies of the site have the word before the internal queue to the right of them.</summary>
    private static QueueAlgorithm AlgorithmOf(QuernSettings settings)
        => StackOf(settings).Where(entry => entry.Binding == Internal).Select(entry => QueueOf(settings, entry.Library)).FirstOrDefault(QueueAlgorithm.Cluster);

    private static PolicyStack? PolicyOf(QuernSettings settings)
    {
        var before = StackOf(settings).TakeWhile(entry => entry.Binding != Internal).ToList();
        return before.Count == 0 ? null : new PolicyStack([.. before.Select(entry => LoadPolicy(settings, entry.Library))]);
    }

    private static QueuePolicy LoadPolicy(QuernSettings settings, string library)
    {
        try
        {
            return PolicyLoader.Load<QueuePolicy>(library);
        }
        catch (ConfigurationException failure)
        {
            throw FarmSettings.Wrong(settings, Algorithm, failure.Message);
        }
    }

    /// <summary>The entries from left to right; in their old form there is one.</summary>
    private static List<(string Binding, string Library)> StackOf(QuernSettings settings)
    {
        var isOld = settings.Origin(Algorithm) == FarmSettings.Default && (settings.Origin(Binding) != FarmSettings.Default || settings.Origin(Library) != FarmSettings.Default);
        var words = isOld ? [$"{settings.Text(Binding)}={settings.Text(Library)}"] : settings.List(Algorithm);
        return [.. words.Select(word => EntryOf(settings, isOld ? Library : Algorithm, word))];
    }

    private static (string Binding, string Library) EntryOf(QuernSettings settings, string setting, string word)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        var (binding, library) = equals < 0 ? (Internal, word) : (word[..equals].Trim(), word[(equals + 1)..].Trim());
        return new[] { Internal, Dotnet }.FirstOrDefault(known => known.Equals(binding, StringComparison.OrdinalIgnoreCase)) is { } found ? (found, library)
            : throw FarmSettings.Wrong(settings, setting, $"'{SettingDefinition.Quote(word)}' is not run, no scripts are: take Internal=cluster, Internal=priority or Internal=queue, or dotnet=FILE.dll before it (docs/policies.md)");
    }

    private static QueueAlgorithm QueueOf(QuernSettings settings, string library)
        => Enum.TryParse<QueueAlgorithm>(library, ignoreCase: true, out var found) && !char.IsAsciiDigit(library[0]) ? found
            : throw FarmSettings.Wrong(settings, Algorithm, $"there is no queue '{SettingDefinition.Quote(library)}': take Internal=cluster, Internal=priority or Internal=queue");

    private static int DefaultMaxOf(QuernSettings settings)
    {
        var text = settings.Text(DefaultMax).Trim();
        return text is "*" or "" ? -1
            : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var most) && most >= -1 ? most
            : throw FarmSettings.Wrong(settings, DefaultMax, $"'{SettingDefinition.Quote(text)}' is no number of instances: write a number, or -1 for as many as supervisor_max_cpus_limit");
    }

    private static string HostOrderOf(QuernSettings settings)
    {
        var text = settings.Text(Order);
        return text.Trim().Length == 0 ? "" : HostOrder.Parse(text, out var refusal)?.Text ?? throw FarmSettings.Wrong(settings, Order, refusal!);
    }

    private static List<(ClusterPath Cluster, double Weight)> SharesOf(QuernSettings settings)
    {
        var shares = new List<(ClusterPath Cluster, double Weight)>();
        foreach (var part in settings.List(Shares))
        {
            var equals = part.LastIndexOf('=');
            if (equals < 0 || !int.TryParse(part.AsSpan(equals + 1).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var weight) || weight is < 1 or > LargestWeight)
            {
                throw FarmSettings.Wrong(settings, Shares, $"'{SettingDefinition.Quote(part)}' is no share: write it as /cluster=N, N from 1 to {LargestWeight}");
            }

            var path = ClusterPath.Parse(part[..equals].Trim(), out var refusal) ?? throw FarmSettings.Wrong(settings, Shares, refusal!);
            if (shares.Exists(share => share.Cluster.Equals(path)))
            {
                throw FarmSettings.Wrong(settings, Shares, $"{path} has two shares: leave one out");
            }

            shares.Add((path, weight));
        }

        return shares;
    }
}
