using Quern.Execution.Runs;

namespace Quern.Proxy;

/// <summary>One process to start for a run.</summary>
/// <param name="Item">Its tokens and variables; null for the run itself.</param>
/// <param name="Program">An executable to be started as it is, without a shell; empty = the launch's command.</param>
/// <param name="Variables">NAME=VALUE; they beat those of the run.</param>
internal sealed record RunCommand(ItemLease? Item, string Program, IReadOnlyList<string> Variables)
{
    internal static RunCommand Of(ItemLease? item, IReadOnlyList<string> variables) => new(item, "", variables);
}
