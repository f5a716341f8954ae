namespace Quern.Worker.Local;

/// <summary>
/// One request of a local caller, passed to the supervisor with the caller's name vouched for by this worker, and the answer passed back byte by byte.
/// </summary>
internal sealed class PassThrough(Func<CancellationToken, Task<Stream>> openSupervisor, TimeProvider clock)
{
    /// <summary>A caller that has closed its side still gets an answer that is on its way; one that only watches is let go.</summary>
    private static readonly TimeSpan AfterCallerLeft = TimeSpan.FromSeconds(30);

    /// <exception cref="BadRequestException">Nothing of an answer was sent: the caller is to be told this instead.</exception>
    public async Task RunAsync(HttpHead head, RequestReader request, Stream caller, string user, CancellationToken stoppingToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var supervisor = await openSupervisor(ending.Token).ConfigureAwait(false);
        await using (supervisor.ConfigureAwait(false))
        {
            await supervisor.WriteAsync(head.ForSupervisor(user), ending.Token).ConfigureAwait(false);
            if (head.ExpectsContinue)
            {
                await caller.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), ending.Token).ConfigureAwait(false);
            }

            var answer = new Answer();
            var answering = answer.CopyAsync(supervisor, caller, ending.Token);
            try
            {
                await request.CopyBodyAsync(head, supervisor, ending.Token).ConfigureAwait(false);
                await supervisor.FlushAsync(ending.Token).ConfigureAwait(false);
            }
            catch (BadRequestException)
            {
                await EndAsync(ending, answering).ConfigureAwait(false);
                if (answer.HasBegun)
                {
                    return;
                }

                throw;
            }
            catch (IOException)
            {
                // The supervisor stopped reading; its answer says why.
            }

            await FinishAsync(request, answering, ending).ConfigureAwait(false);
            if (!answer.HasBegun)
            {
                throw new BadRequestException(502, "the supervisor closed the connection without an answer: see whether it runs, and whether the request was done, before trying again");
            }
        }
    }

    private async Task FinishAsync(RequestReader request, Task answering, CancellationTokenSource ending)
    {
        var leaving = request.WaitForEndAsync(ending.Token);
        if (await Task.WhenAny(answering, leaving).ConfigureAwait(false) == leaving && !answering.IsCompleted)
        {
            await Task.WhenAny(answering, Task.Delay(AfterCallerLeft, clock, ending.Token)).ConfigureAwait(false);
        }

        await EndAsync(ending, answering).ConfigureAwait(false);
        await Settled(leaving).ConfigureAwait(false);
    }

    private static async Task EndAsync(CancellationTokenSource ending, Task answering)
    {
        await ending.CancelAsync().ConfigureAwait(false);
        await Settled(answering).ConfigureAwait(false);
    }

    /// <summary>Waits for the end of a task; either side going away is an end like another.</summary>
    private static async Task Settled(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Nobody is left to be told.
        }
    }

    private sealed class Answer
    {
        public bool HasBegun { get; private set; }

        public async Task CopyAsync(Stream supervisor, Stream caller, CancellationToken token)
        {
            var buffer = new byte[16 * 1024];
            while (await supervisor.ReadAsync(buffer, token).ConfigureAwait(false) is > 0 and var read)
            {
                HasBegun = true;
                await caller.WriteAsync(buffer.AsMemory(0, read), token).ConfigureAwait(false);
            }
        }
    }
}
