using System.Globalization;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Protocol.Link;

namespace Quern.Supervisor.Trust;

/// <summary>
/// Hosts in dual mode: the service worker lends its host to its person's desktop worker, which then comes as the same worker under a certificate of the loan. The
/// farm keeps the present loan under <c>worker-loan:ID</c>. It is over when the service worker serves again; its certificate, still young, counts no more. All on the loop.
/// </summary>
internal static class HostLoans
{
    /// <summary>Lends the host of a worker, or goes on lending it; returns a sentence when it cannot be lent.</summary>
    public static string? Lend(Farm farm, WorkerId worker, LoanProof loan, Now now)
    {
        if (farm.FindWorker(worker) is not { } host)
        {
            return $"worker {worker} was removed from this farm; delete its state folder and join again";
        }

        if (farm.Setting(CallerIdentity.OwnerKey(worker.Value)) is { } owner)
        {
            return $"worker {worker} is the desktop worker of {owner}, and only a service worker lends its host; install one with 'quern worker install --service'";
        }

        if (farm.Setting(KeyOf(worker)) != loan.Id)
        {
            farm.RecordFor(EventComponent.Admin, Caller.Farm, $"host {host.Name}: lent to the desktop worker of {loan.Owner}", now);
        }

        farm.PutSetting(KeyOf(worker), loan.Id);
        return null;
    }

    /// <summary>A sentence when the loan of a certificate is over; null while it lasts.</summary>
    public static string? WhyOver(Farm farm, WorkerId worker, LoanProof loan) =>
        farm.Setting(KeyOf(worker)) == loan.Id ? null : $"the service of this host has taken it back from the desktop worker of {loan.Owner}; it lends it again when it is asked to";

    /// <summary>Whatever was lent is so no more.</summary>
    public static void End(Farm farm, WorkerId worker) => farm.PutSetting(KeyOf(worker), null);

    /// <summary>A sentence when a worker may not come as its Hello says. A service worker that comes to serve ends the loan.</summary>
    public static string? WhyNot(Farm farm, WorkerId worker, LoanProof? loan, Hello hello)
    {
        if (loan is null)
        {
            if (!hello.Draining)
            {
                farm.PutSetting(KeyOf(worker), null);
            }

            return null;
        }

        return WhyOver(farm, worker, loan)
            ?? (hello.Mode == "desktop" && hello.Account == loan.Owner ? null : $"its certificate is for the desktop worker of {loan.Owner}, and it comes in {OneWord(hello.Mode)} mode as {OneWord(hello.Account)}: start it as {loan.Owner} with --desktop");
    }

    private static string KeyOf(WorkerId worker) => "worker-loan:" + worker.Value.ToString(CultureInfo.InvariantCulture);

    private static string OneWord(string text) => new([.. text.Take(64).Select(c => char.IsControl(c) ? ' ' : c)]);
}
