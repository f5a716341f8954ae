using Quern.Worker.Link;

namespace Quern.Worker.Dual;

/// <summary>The desktop worker of a machine in dual mode, as long as it does not have the host: asks the machine's service for it until it gets it.</summary>
internal sealed class HostBorrower(string socketPath, string version, Backoff backoff, WorkerLog log, TimeProvider clock)
{
    /// <returns>The loan; null: told to stop.</returns>
    /// <exception cref="RefusalException">It will never be lent: another version, another person, no dual mode.</exception>
    public async Task<HostLoan?> BorrowAsync(CancellationToken stoppingToken)
    {
        log.Info($"asking the machine's service for the host at {socketPath}");
        var last = "";
        try
        {
            while (true)
            {
                try
                {
                    var loan = await HostLoan.AskAsync(socketPath, version, text => log.Info($"waiting: {text}"), clock, stoppingToken).ConfigureAwait(false);
                    backoff.Reset();
                    log.Info($"the machine's service lends the host: this is worker {loan.WorkerId}, {loan.Name}");
                    return loan;
                }
                catch (LoanUnansweredException failure)
                {
                    // A service that is away for a night is one line, not thousands.
                    if (failure.Message != last)
                    {
                        last = failure.Message;
                        log.Warn($"the host is not lent: {last}; trying again");
                    }
                }

                await Task.Delay(backoff.Next(), clock, stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
