using System.Globalization;
using Quern.Core;
using Quern.Core.Farms;

namespace Quern.Supervisor.Trust;

/// <summary>
/// Which certificates of workers count. A certificate is good as long as its host is a member and has not joined again since: the farm keeps the hash of the key
/// of the newest one under <c>worker-key:ID</c>. All on the loop.
/// </summary>
internal static class Membership
{
    /// <summary>Why a certificate of this farm counts no more, a sentence; null while it does.</summary>
    public static string? WhyNot(Farm farm, WorkerProof proof)
    {
        var id = new WorkerId(proof.WorkerId);
        if (farm.FindRemoved(id) is { IsLetBack: false } removed)
        {
            return $"host {removed.Facts.Name} was removed from this farm by {removed.By}; an administrator lets it back with 'qbadmin worker --unremove {removed.Facts.Name}'";
        }

        if (farm.FindWorker(id) is null && farm.FindRemoved(id) is null)
        {
            return $"worker {id} was removed from this farm; delete its state folder and join again";
        }

        return proof.Loan is not null || farm.Setting(KeyOf(id)) is not { } key || key == proof.Key
            ? null
            : $"host {farm.HostNameOf(id)} has joined again with another certificate since, and this one counts no more; delete this worker's state folder, or join again if it is the right one";
    }

    /// <summary>From now on this is the one certificate of the host.</summary>
    public static void Pin(Farm farm, WorkerId id, string key) => farm.PutSetting(KeyOf(id), key);

    /// <summary>A host that joined before keys were kept is held to the one it comes with.</summary>
    public static void PinFirst(Farm farm, WorkerProof proof)
    {
        var id = new WorkerId(proof.WorkerId);
        if (proof.Loan is null && farm.Setting(KeyOf(id)) is null)
        {
            Pin(farm, id, proof.Key);
        }
    }

    /// <summary>
    /// The record that a host which joins had before: of the same name and kind, a desktop worker's of the same owner. Null id = it is new. A sentence = it may not join:
    /// one of that name is connected, or is kept out.
    /// </summary>
    public static (WorkerId? Id, string? Refusal) FindEarlier(Farm farm, string name, string? owner)
    {
        bool IsIt(WorkerId id, string other) => other.Equals(name, StringComparison.OrdinalIgnoreCase) && farm.Setting(CallerIdentity.OwnerKey(id.Value)) == owner;
        foreach (var (id, host) in farm.RemovedHosts)
        {
            if (IsIt(id, host.Facts.Name))
            {
                return host.IsLetBack ? (id, null) : (null, $"host {host.Facts.Name} was removed from this farm by {host.By}; an administrator lets it back with 'qbadmin worker --unremove {host.Facts.Name}'");
            }
        }

        if (farm.Workers.LastOrDefault(worker => IsIt(worker.Id, worker.Name)) is not { } earlier)
        {
            return default;
        }

        return earlier.IsConnected
            ? (null, $"a host {earlier.Name} is a member and connected; give this one another name with --name, or stop that one first")
            : (earlier.Id, null);
    }

    private static string KeyOf(WorkerId id) => "worker-key:" + id.Value.ToString(CultureInfo.InvariantCulture);
}
