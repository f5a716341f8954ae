using Quern.Cli.Options;
using Quern.Client;

namespace Quern.Cli.Commands;

/// <summary>qbout and qberr: what instances and items printed, byte for byte.</summary>
internal static class OutputCommand
{
    public static Command Make(string name, bool isError) => new(
        name, "[options] ID[.INSTANCE|:ITEM]...", $"Shows what jobs printed on standard {(isError ? "error" : "output")}.",
        [
            new("pos", "BYTES", "Begin after so many bytes."), new("follow", null, "Go on until the instance or item is over."),
            new("sleep", "S", "Accepted as Qube has it; new output is shown as it comes."), Command.State, Command.Help, Command.Version,
        ],
        [$"{name} 12", $"{name} 12.3", $"{name} --follow 12:37"], (options, token) => RunAsync(options, isError, token));

    private static async Task<int> RunAsync(ParsedOptions options, bool isError, CancellationToken token)
    {
        if (options.Words.Count == 0)
        {
            throw new UsageException("name what to show: 12 (its first instance), 12.3, or 12:37 for an item");
        }

        using var client = FarmClient.Find(options.Text("state"));
        var output = Console.OpenStandardOutput();
        await using (output.ConfigureAwait(false))
        {
            foreach (var word in options.Words)
            {
                var stream = await client.OutputAsync(word, isError, options.Long("pos") ?? 0, options.Has("follow"), token).ConfigureAwait(false);
                await using (stream.ConfigureAwait(false))
                {
                    await CopyAsync(word, stream, output, token).ConfigureAwait(false);
                }
            }
        }

        return ExitCode.Done;
    }

    private static async Task CopyAsync(string target, Stream from, Stream to, CancellationToken token)
    {
        try
        {
            await from.CopyToAsync(to, token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HttpRequestException or HttpIOException)
        {
            throw new FarmException($"the output of {target} broke off: {exception.Message}; call again with --pos and the number of bytes shown", false, exception);
        }
    }
}
