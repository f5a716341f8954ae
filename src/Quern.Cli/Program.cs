using System.ComponentModel;
using System.Text;
using Quern.Cli;
using Quern.Cli.Commands;
using Quern.Cli.Local;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;

// One file, many commands: the name it is called by decides (qbjobs -> quern), else the first word does.
// Set before first use: the console's own writer starts a thread for signals and asks the terminal, which no short command needs.
using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 16 * 1024);
Console.SetOut(output);
var called = CalledAs();
var isMain = called is not (not null and ['q', 'b', ..]);
var words = args.AsSpan();
var name = called!;
if (isMain)
{
    name = words.Length == 0 ? "--help" : words[0];
    words = words.Length == 0 ? words : words[1..];
}

// What runs for long shows each line as it comes.
output.AutoFlush = isMain && LocalCommands.Find(name) is not null;
var code = await RunAsync(name, words.ToArray(), isMain).ConfigureAwait(false);
await Console.Out.FlushAsync().ConfigureAwait(false);
return code;

static string CalledAs()
{
    var line = File.Exists("/proc/self/cmdline") ? File.ReadAllText("/proc/self/cmdline") : Environment.GetCommandLineArgs()[0];
    var end = line.IndexOf('\0', StringComparison.Ordinal);
    return Path.GetFileNameWithoutExtension(end < 0 ? line : line[..end]);
}

static async Task<int> RunAsync(string name, string[] words, bool isMain)
{
    if (isMain && name is "--help" or "-help" or "-h" or "help")
    {
        MainHelp.Print(Console.Out);
        return ExitCode.Done;
    }

    if (isMain && name is "--version" or "-version")
    {
        Console.Out.WriteLine(MainHelp.VersionLine("quern"));
        return ExitCode.Done;
    }

    if (isMain && LocalCommands.Find(name) is { } local)
    {
        return await GuardAsync(name, token => local(words, token), isLong: true).ConfigureAwait(false);
    }

    if (CommandTable.Find(name) is not { } command)
    {
        await Console.Error.WriteLineAsync($"quern: there is no command '{name}'; quern --help lists those there are").ConfigureAwait(false);
        return ExitCode.Usage;
    }

    ParsedOptions options;
    try
    {
        options = OptionParser.Parse(command.Options, words, command.StopAtWord);
    }
    catch (UsageException exception)
    {
        await Console.Error.WriteLineAsync($"{command.Name}: {exception.Message}").ConfigureAwait(false);
        return ExitCode.Usage;
    }

    if (options.Has("help"))
    {
        command.PrintHelp(Console.Out);
        return ExitCode.Done;
    }

    if (options.Has("version"))
    {
        Console.Out.WriteLine(MainHelp.VersionLine(command.Name));
        return ExitCode.Done;
    }

    return await GuardAsync(command.Name, token => command.RunAsync(options, token), isLong: false).ConfigureAwait(false);
}

// Only what has something to end listens for Ctrl-C; a short command just ends, and is spared the thread that listening takes.
static async Task<int> GuardAsync(string name, Func<CancellationToken, Task<int>> run, bool isLong)
{
    using var interrupt = new CancellationTokenSource();
    if (isLong)
    {
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            interrupt.Cancel();
        };
    }

    try
    {
        return await run(interrupt.Token).ConfigureAwait(false);
    }
    catch (UsageException exception)
    {
        await Console.Error.WriteLineAsync($"{name}: {exception.Message}").ConfigureAwait(false);
        return ExitCode.Usage;
    }
    catch (Exception exception) when (exception is FarmException or ConfigurationException or IOException or UnauthorizedAccessException or ArgumentException or Win32Exception)
    {
        await Console.Error.WriteLineAsync($"{name}: {Complaint.Of(exception.Message)}").ConfigureAwait(false);
        return ExitCode.Refused;
    }
    catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
    {
        return 130;
    }
}
