using System.Text.Json;
using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Administration;

/// <summary>qbadmin supervisor.</summary>
internal static class AdminSupervisor
{
    private const string RejectSubmit = "reject_submit";
    private const string StopActivity = "stop_activity";

    public static async Task<int> RunAsync(string task, ParsedOptions options, CancellationToken token)
    {
        var change = task is "set" or "unset" or "reread" ? ChangeOf(options) : null;
        var callback = task == "globalcallback" ? CallbackOf(options.Words) : null;
        using var client = FarmClient.Find(options.Text("state"));
        switch (task)
        {
            case "list":
                PrintSupervisor(await client.PingAsync(token).ConfigureAwait(false), options.Has("json"));
                return ExitCode.Done;
            case "resource":
                ResourceCommand.Print(Console.Out, await client.ResourcesAsync(token).ConfigureAwait(false), options);
                return ExitCode.Done;
            case "emailtest":
                return await TestMailAsync(client, options, token).ConfigureAwait(false);
            case "globalcallback":
                var view = await client.AddCallbackAsync(callback!, token).ConfigureAwait(false);
                Console.Out.WriteLine(options.Has("json") ? JsonSerializer.Serialize(view, ApiJson.Default.CallbackView) : $"callback {view.Id}");
                return ExitCode.Done;
            case "configuration":
                Print(Console.Out, await client.SupervisorAsync(token).ConfigureAwait(false), areSettings: true, options.Has("json"));
                return ExitCode.Done;
            default:
                Print(Console.Out, await client.ChangeSupervisorAsync(change!, token).ConfigureAwait(false), areSettings: false, options.Has("json"));
                return ExitCode.Done;
        }
    }

    /// <exception cref="UsageException">A mode is not known, or is set and ended at once.</exception>
    internal static SupervisorChangeRequest ChangeOf(ParsedOptions options)
    {
        var wanted = new Dictionary<string, bool>();
        foreach (var (option, value) in new[] { ("set", true), ("unset", false) })
        {
            foreach (var word in options.All(option).SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))
            {
                if (word is not (RejectSubmit or StopActivity))
                {
                    throw new UsageException($"--{option} {word}: there is no such mode; use {RejectSubmit} or {StopActivity}");
                }

                if (!wanted.TryAdd(word, value) && wanted[word] != value)
                {
                    throw new UsageException($"{word} cannot be set and unset at once");
                }
            }
        }

        return new SupervisorChangeRequest
        {
            RejectSubmit = wanted.TryGetValue(RejectSubmit, out var rejects) ? rejects : null, StopActivity = wanted.TryGetValue(StopActivity, out var stops) ? stops : null, Reread = options.Has("reread"),
        };
    }

    /// <exception cref="UsageException">It is not a language, triggers and a code.</exception>
    internal static CallbackRequest CallbackOf(IReadOnlyList<string> words)
    {
        if (words.Count < 3)
        {
            throw new UsageException("write --globalcallback LANGUAGE TRIGGERS CODE, as in mail failed-job-* -, - where the language needs no code");
        }

        var code = string.Join(' ', words.Skip(2));
        return new CallbackRequest { Language = ApiJson.Text(words[0]), Triggers = ApiJson.Text(words[1]), Code = code == "-" ? "" : code };
    }

    internal static void Print(TextWriter to, SupervisorView view, bool areSettings, bool isJson)
    {
        if (isJson)
        {
            to.WriteLine(JsonSerializer.Serialize(view, ApiJson.Default.SupervisorView));
            return;
        }

        to.WriteLine($"{RejectSubmit} {(view.RejectSubmit ? "set" : "unset")}");
        to.WriteLine($"{StopActivity} {(view.StopActivity ? "set" : "unset")}");
        foreach (var setting in areSettings ? view.Settings : [])
        {
            to.WriteLine(TextTable.Clean($"{setting.Name} = {setting.Value}  ({setting.Origin})"));
        }
    }

    private static void PrintSupervisor(PingReply reply, bool isJson)
        => Console.Out.WriteLine(isJson ? JsonSerializer.Serialize(reply, ApiJson.Default.PingReply) : $"{reply.Name} {reply.Address}:{reply.Port} {reply.Version} {reply.Os}, jobs {reply.Jobs}, workers {reply.Workers}");

    private static async Task<int> TestMailAsync(FarmClient client, ParsedOptions options, CancellationToken token)
    {
        if (options.Words.Count > 1)
        {
            throw new UsageException($"'{options.Words[1]}' is one address too many");
        }

        var reply = await client.TestMailAsync(new MailTestRequest { To = options.Words.FirstOrDefault() }, token).ConfigureAwait(false);
        if (options.Has("json"))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(reply, ApiJson.Default.MailTestReply));
        }
        else
        {
            reply.Dialogue.Split('\n').Select(line => TextTable.Clean(line.TrimEnd('\r'))).Where(line => line.Length > 0).ToList().ForEach(Console.Out.WriteLine);
        }

        if (reply.Failure is { } failure)
        {
            throw new FarmException($"the mail was not taken: {failure}", true);
        }

        Console.Out.WriteLine("SUCCESS");
        return ExitCode.Done;
    }
}
