using System.Security.Cryptography;
using Quern.Protocol.Api;

namespace Quern.Worker.Dual;

/// <summary>A desktop worker that asks for the host, and later has it: one connection. Thread-safe.</summary>
/// <param name="pid">Of the asker, by the kernel's word.</param>
/// <param name="say">Writes a line to it; fails silently when it has gone.</param>
internal sealed class LoanAsk(int pid, string certificateRequest, Func<LoanLine, Task> say)
{
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Pid => pid;

    public string CertificateRequest => certificateRequest;

    /// <summary>Names the loan to the supervisor; nobody else can guess it.</summary>
    public string Id { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>Completes when the asker has closed its side or is gone.</summary>
    public Task Left => _left.Task;

    /// <summary>Completes when the connection is to be closed from here.</summary>
    public Task Over => _over.Task;

    public void Leave() => _left.TrySetResult();

    public void End() => _over.TrySetResult();

    public Task SayAsync(LoanLine line) => say(line);

    public Task WaitAsync(string text) => say(new LoanLine { State = "waiting", Text = text });

    /// <summary>Says why not, and ends.</summary>
    public async Task RefuseAsync(string text)
    {
        await say(new LoanLine { State = "refused", Text = text }).ConfigureAwait(false);
        End();
    }
}
