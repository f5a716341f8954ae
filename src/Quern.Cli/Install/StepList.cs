using Quern.Client;

namespace Quern.Cli.Install;

/// <summary>
/// Does one step after the other and prints each: <c>done</c>, <c>already</c> (nothing was to do), or <c>would</c> where it only shows. What fails
/// names the step; the steps before it stay done, and doing it all again goes on from there.
/// </summary>
/// <param name="command">What the person typed, for the refusal.</param>
internal sealed class StepList(string command, bool isDryRun, TextWriter output)
{
    public bool IsDryRun => isDryRun;

    /// <summary>A step was done, or would be.</summary>
    public bool HasChanged { get; private set; }

    /// <param name="text">What it does, as an order: "start quern-worker.service".</param>
    public Task DoAsync(string text, bool isDone, Action deed) => DoAsync(text, isDone, () =>
    {
        deed();
        return Task.CompletedTask;
    });

    /// <exception cref="FarmException">The step failed: which, why, what next.</exception>
    public async Task DoAsync(string text, bool isDone, Func<Task> deed)
    {
        if (isDone)
        {
            Say("already", text);
            return;
        }

        HasChanged = true;
        if (isDryRun)
        {
            Say("would", text);
            return;
        }

        try
        {
            await deed().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is FarmException or IOException or UnauthorizedAccessException)
        {
            throw new FarmException($"{text}: {failure.Message}; the steps before stay done: mend it and run '{command}' again", false);
        }

        Say("done", text);
    }

    /// <summary>A line that is no step.</summary>
    public void Tell(string text) => output.WriteLine(text);

    private void Say(string word, string text)
    {
        output.WriteLine($"{word,-8} {text}");
        output.Flush();
    }
}
