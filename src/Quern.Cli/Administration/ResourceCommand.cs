using System.Globalization;
using System.Text.Json;
using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Administration;

/// <summary>qbupdateresource: tells the farm what a licence server says (reference, clients 2.4, jobs 13).</summary>
internal static class ResourceCommand
{
    public static Command Make() => new(
        "qbupdateresource", "--name RESOURCE [--total N] [--used N]", "Tells the farm how many licences there are and how many of them are used, its own among them.",
        [
            new("name", "RESOURCE", "The licence, as in license.maya."), new("total", "N", "How many there are; as last reported when left out."),
            new("used", "N", "How many are used, by the farm and by others; as last reported when left out."),
            new("xml", null, "Prints XML."), Command.Json, Command.State, Command.Help, Command.Version,
        ],
        ["qbupdateresource --name license.maya --total 120 --used 80", "qbupdateresource --name license.maya --used 81"], RunAsync);

    private static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        var request = Read(options);
        using var client = FarmClient.Find(options.Text("state"));
        var resources = await client.UpdateResourceAsync(request, token).ConfigureAwait(false);
        Print(Console.Out, [.. resources.Where(resource => resource.Name.Equals(request.Name, StringComparison.OrdinalIgnoreCase))], options);
        return ExitCode.Done;
    }

    /// <exception cref="UsageException">Nothing is reported, or of nothing.</exception>
    internal static ResourceUpdateRequest Read(ParsedOptions options)
    {
        if (options.Words.Count > 0)
        {
            throw new UsageException($"'{options.Words[0]}' means nothing here: name the licence with --name");
        }

        if (options.Text("name") is not { Length: > 0 } name)
        {
            throw new UsageException("name the licence: --name license.maya");
        }

        return options.Has("total") || options.Has("used")
            ? new ResourceUpdateRequest { Name = name, Total = options.Int("total"), Used = options.Int("used") }
            : throw new UsageException("say what the licence server says: --total N, --used N, or both");
    }

    /// <summary>Resources as <c>name=used/total</c>, a line each.</summary>
    internal static void Print(TextWriter to, IReadOnlyList<ResourceView> resources, ParsedOptions options)
    {
        if (options.Has("json"))
        {
            to.WriteLine(JsonSerializer.Serialize(new ResourceList { Resources = resources }, ApiJson.Default.ResourceList));
        }
        else if (options.Has("xml"))
        {
            XmlListing.Write(to, "resource", resources.Select(resource => (IEnumerable<(string, string)>)
                [("name", resource.Name), ("used", Text(resource.Used)), ("total", Text(resource.Total)), ("held", Text(resource.Held))]));
        }
        else
        {
            resources.ToList().ForEach(resource => to.WriteLine($"{resource.Name}={resource.Used}/{resource.Total}"));
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
