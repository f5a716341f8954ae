using System.Globalization;
using System.Text.Json;
using Quern.Cli.Commands;
using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Administration;

/// <summary>qbsummary: how many instances and items are in each state, by what jobs have in common (reference, clients 2.3).</summary>
internal static class SummaryCommand
{
    private const int LeastWidth = 3;
    private const int MostWidth = 40;

    /// <summary>The letters of the options <c>--Xvs</c> (instances) and <c>--Xvw</c> (work), and the attribute.</summary>
    private static readonly (string Letters, string By)[] Tables =
        [("p", "priority"), ("c", "cluster"), ("u", "user"), ("g", "group"), ("cp", "cluster/priority"), ("r", "reservation"), ("a", "account"), ("t", "type")];

    private static readonly (string Name, Func<StatusCounts, long> Of)[] Columns =
    [
        ("badlogin", counts => counts.Badlogin), ("blocked", counts => counts.Blocked), ("complete", counts => counts.Complete), ("failed", counts => counts.Failed),
        ("killed", counts => counts.Killed), ("pending", counts => counts.Pending), ("running", counts => counts.Running), ("suspended", counts => counts.Suspended),
        ("unknown", counts => counts.Unknown), ("waiting", counts => counts.Waiting), ("total", counts => counts.Total),
    ];

    public static Command Make() => new(
        "qbsummary", "[options]", "Shows how many instances and items are in each state.",
        [
            .. Tables.Select(table => new Option(table.Letters + "vs", null, $"Instances by {table.By}.{(table.Letters == "p" ? " The default." : "")}")),
            .. Tables.Select(table => new Option(table.Letters + "vw", null, $"Items by {table.By}.")),
            new("clusters", null, "Instances by cluster, as --cvs."), new("long", null, "Both, instances and items, of each table."),
            new("width", "N", $"Least width of a column of numbers ({LeastWidth})."), new("xml", null, "Prints XML."),
            .. JobSelection.Options.Select(option => option with { IsOurs = true }), Command.Json, Command.State, Command.Help, Command.Version,
        ],
        ["qbsummary", "qbsummary --uvs --cvw", "qbsummary -l --cpvs --user ann"], RunAsync);

    private static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        if (options.Words.Count > 0)
        {
            throw new UsageException($"'{options.Words[0]}' means nothing here: choose jobs by options such as --user, or see one with qbjobs");
        }

        var wanted = Wanted(options);
        using var client = FarmClient.Find(options.Text("state"));
        var reply = await client.SummaryAsync(wanted.Select(one => one.By).Distinct(), JobSelection.Read(options), token).ConfigureAwait(false);
        Print(Console.Out, reply, options);
        return ExitCode.Done;
    }

    /// <summary>The tables that are asked for: attribute, and whether items are counted.</summary>
    internal static IReadOnlyList<(string By, bool IsWork)> Wanted(ParsedOptions options)
    {
        var isLong = options.Has("long");
        var found = new List<(string By, bool IsWork)>();
        foreach (var (letters, by) in Tables)
        {
            var isStatus = options.Has(letters + "vs") || (letters == "c" && options.Has("clusters"));
            var isWork = options.Has(letters + "vw");
            if (isStatus || (isWork && isLong))
            {
                found.Add((by, false));
            }

            if (isWork || (isStatus && isLong))
            {
                found.Add((by, true));
            }
        }

        return found.Count > 0 ? found : isLong ? [("priority", false), ("priority", true)] : [("priority", false)];
    }

    internal static void Print(TextWriter to, SummaryReply reply, ParsedOptions options)
    {
        if (options.Has("json"))
        {
            to.WriteLine(JsonSerializer.Serialize(reply, ApiJson.Default.SummaryReply));
            return;
        }

        var width = options.Int("width") ?? LeastWidth;
        if (width is < 1 or > MostWidth)
        {
            throw new UsageException($"--width {width}: write a number from 1 to {MostWidth}");
        }

        var shown = Wanted(options).Select(one => (Table: reply.Tables.FirstOrDefault(table => table.By == one.By), one.IsWork)).Where(one => one.Table is not null).ToList();
        if (options.Has("xml"))
        {
            XmlListing.Write(to, "summary", shown.SelectMany(one => one.Table!.Rows.Append(one.Table.Total).Select(row => (IEnumerable<(string, string)>)
                [("title", Title(one.Table, one.IsWork)), ("key", row.Key), .. Columns.Select(column => (column.Name, Number(column.Of(Counts(row, one.IsWork)))))])));
            return;
        }

        foreach (var (table, isWork) in shown)
        {
            Print(to, table!, isWork, width);
        }
    }

    private static void Print(TextWriter to, SummaryTable table, bool isWork, int width)
    {
        var rows = table.Rows.Append(table.Total).Select(row => (Key: row.Key.Length == 0 ? "-" : TextTable.Clean(row.Key), Numbers: Columns.Select(column => Number(column.Of(Counts(row, isWork)))).ToList())).ToList();
        var first = rows.Max(row => row.Key.Length);
        var widths = Columns.Select((column, at) => Math.Max(Math.Max(width, column.Name.Length), rows.Max(row => row.Numbers[at].Length))).ToList();
        to.WriteLine($"Title: {Title(table, isWork)}");
        to.WriteLine(new string(' ', first) + string.Concat(Columns.Select((column, at) => "  " + column.Name.PadLeft(widths[at]))));
        foreach (var (key, numbers) in rows)
        {
            to.WriteLine(key.PadRight(first) + string.Concat(numbers.Select((number, at) => "  " + number.PadLeft(widths[at]))));
        }

        if (table.MoreKeys > 0)
        {
            to.WriteLine($"... at least {table.MoreKeys} more, counted in the total");
        }

        to.WriteLine();
    }

    private static string Title(SummaryTable table, bool isWork) => $"{table.By}V{(isWork ? "work" : "status")}";

    private static StatusCounts Counts(SummaryRow row, bool isWork) => isWork ? row.Work : row.Instances;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
