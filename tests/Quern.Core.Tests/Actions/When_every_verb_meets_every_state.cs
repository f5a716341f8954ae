using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Actions;

/// <summary>
/// The transition table walked whole, against the same table written down here. A cell is the state afterwards, with how the run ends:
/// <c>!</c> at once, <c>&gt;</c> after the current item, <c>=</c> it stands still, <c>~</c> it goes on; <c>-</c> nothing changes and one line says why.
/// </summary>
public sealed class When_every_verb_meets_every_state
{
    private const string Instances = """
                  pending   badlogin  blocked   running    suspended  complete  failed    killed
        kill      killed    killed    killed    killed!    killed!    -         -         -
        fail      failed    failed    failed    failed!    failed!    -         -         -
        block     blocked   blocked   -         blocked!   blocked!   -         -         -
        finish    blocked   blocked   -         blocked>   -          -         -         -
        unblock   -         -         pending   -          -          -         -         -
        suspend   -         -         -         suspended= -          -         -         -
        resume    -         -         -         -          running~   -         -         -
        interrupt -         -         -         pending!   -          -         -         -
        migrate   -         -         -         pending!   -          -         -         -
        preempt   -         -         -         pending>   -          -         -         -
        retire    complete  complete  complete  complete>  -          -         -         -
        retry     pending   pending   pending   pending!   pending!   pending   pending   pending
        requeue   blocked   blocked   -         -          -          blocked   blocked   blocked
        shove     -         -         -         -          -          -         -         -
        top       -         -         -         -          -          -         -         -
        bottom    -         -         -         -          -          -         -         -
        remove    -         -         -         -          -          -         -         -
        modify    -         -         -         -          -          -         -         -
        """;

    private const string Items = """
                  pending   leased    running   blocked   complete  failed    killed
        kill      killed    killed    killed!   killed    -         -         -
        fail      failed    failed    failed!   failed    -         -         -
        block     blocked   blocked   blocked!  -         -         -         -
        finish    blocked   blocked   -         -         -         -         -
        unblock   -         -         -         pending   -         -         -
        suspend   -         -         -         -         -         -         -
        resume    -         -         -         -         -         -         -
        interrupt -         -         pending!  -         -         -         -
        migrate   -         -         pending!  -         -         -         -
        preempt   -         -         complete> -         -         -         -
        retire    complete  complete  complete! complete  -         -         -
        retry     -         -         -         -         pending   pending   pending
        requeue   blocked   blocked   -         -         blocked   blocked   blocked
        shove     -         -         -         -         -         -         -
        top       -         -         -         -         -         -         -
        bottom    -         -         -         -         -         -         -
        remove    -         -         -         -         -         -         -
        modify    -         -         -         -         -         -         -
        """;

    private const string Jobs = """
                  pending   badlogin  blocked   running    suspended  complete  failed    killed
        kill      killed    killed    killed    killed!    killed!    -         -         -
        fail      failed    failed    failed    failed!    failed!    -         -         -
        block     blocked   blocked   -         blocked!   blocked!   -         -         -
        finish    blocked   blocked   -         blocked>   suspended  -         -         -
        unblock   -         -         pending   -          -          -         -         -
        suspend   -         -         -         suspended= -          -         -         -
        resume    -         -         -         -          running~   -         -         -
        interrupt -         -         -         pending!   -          -         -         -
        migrate   -         -         -         pending!   -          -         -         -
        preempt   -         -         -         pending>   -          -         -         -
        retire    complete  complete  complete  complete>  -          -         -         -
        retry     -         -         -         -          -          pending   pending   pending
        requeue   -         -         -         -          -          blocked   blocked   blocked
        shove     pending   badlogin  -         running    -          -         -         -
        top       pending   badlogin  blocked   running    suspended  -         -         -
        bottom    pending   badlogin  blocked   running    suspended  -         -         -
        remove    -         -         -         -          -          gone      gone      gone
        modify    pending   badlogin  blocked   running    suspended  -         -         -
        """;

    public static TheoryData<string, string, string> InstanceCells => Cells(Instances);
    public static TheoryData<string, string, string> ItemCells => Cells(Items);
    public static TheoryData<string, string, string> JobCells => Cells(Jobs);

    [Fact]
    public void Every_verb_is_in_the_tables()
        => Assert.All([Instances, Items, Jobs], table => Assert.Empty(Enum.GetValues<Verb>().Select(verb => verb.Word()).Except(table.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]))));

    [Theory, MemberData(nameof(InstanceCells))]
    public void Instances_follow_the_table(string verb, string from, string expected)
    {
        // An instance that is over comes back for what is left of its agenda: without one that is its command.
        var state = Statuses.FromWord(from)!.Value;
        var farm = ActedOn.InState(state, hasAgenda: !state.IsDone());
        if (Do(farm, verb, $"{farm.Job}.0", expected) is not { } told)
        {
            return;
        }

        CheckOrders(told, expected, isOfItem: false);
        if (expected.EndsWith('>'))
        {
            Assert.Equal(Status.Running, farm.Instance.Status);
        }

        farm.LetRunsEnd();
        Assert.Equal(expected.TrimEnd('!', '>', '=', '~'), farm.Instance.Status.Word());
        Assert.Equal(verb == "retire", farm.Instance.IsRetired);
        Assert.Null(farm.Instance.Leaving);
    }

    [Theory, MemberData(nameof(ItemCells))]
    public void Items_follow_the_table(string verb, string from, string expected)
    {
        var farm = ActedOn.ItemInState(Enum.Parse<ItemState>(from, ignoreCase: true));
        if (Do(farm, verb, $"{farm.Job}:1", expected) is not { } told)
        {
            return;
        }

        CheckOrders(told, expected, isOfItem: verb is not ("migrate" or "preempt"));
        farm.LetRunsEnd();
        Assert.Equal(expected.TrimEnd('!', '>'), farm.Item.State.ToString().ToLowerInvariant());
        Assert.Equal(0, farm.Item.Retries);
    }

    [Theory, MemberData(nameof(JobCells))]
    public void Jobs_follow_the_table(string verb, string from, string expected)
    {
        var farm = ActedOn.InState(Statuses.FromWord(from)!.Value);
        if (Do(farm, verb, $"{farm.Job}", expected) is not { } told)
        {
            return;
        }

        CheckOrders(told, expected, isOfItem: false);
        if (expected == "gone")
        {
            Assert.False(farm.IsThere);
            return;
        }

        if (verb is not ("shove" or "top" or "bottom" or "modify"))
        {
            farm.LetRunsEnd();
        }

        Assert.Equal(expected.TrimEnd('!', '>', '=', '~'), farm.Farm.Job(farm.Job).Status.Word());
    }

    /// <returns>What workers were told; null when the pair is illegal and nothing changed.</returns>
    private static List<LinkOrder>? Do(ActedOn farm, string verb, string target, string expected)
    {
        var (before, events) = (farm.Farm.Dump(), farm.Farm.History.Count);

        // By default nobody but administrators may change the order.
        var caller = verb is "top" or "bottom" ? FarmHarness.Root : FarmHarness.Ann;
        var result = farm.Farm.Act(verb == "finish" ? Verb.Block : Verbs.FromWord(verb)!.Value, target, caller, letsFinish: verb == "finish", changes: verb == "modify" ? FarmHarness.Change(spec => spec with { Notes = "made shorter" }, "notes") : null);
        if (expected == "-")
        {
            Assert.Empty(result.Affected);
            var line = Assert.Single(result.Refused);
            Assert.True(line.Contains(target, StringComparison.Ordinal) && !line.Contains('\n'), line);
            Assert.Equal((before, events), (farm.Farm.Dump(), farm.Farm.History.Count));
            Assert.Empty(farm.Farm.Orders);
            return null;
        }

        Assert.Empty(result.Refused);
        Assert.NotEmpty(result.Affected);
        var said = farm.Farm.History.Skip(events).First(row => row.Who == caller.User);
        Assert.Equal("desk1", said.From);
        var told = farm.Farm.Orders.Where(order => order is not (AcknowledgeOrder or ForgetOrder or StartOrder)).ToList();
        if (expected != "gone")
        {
            farm.Farm.Restart();
        }

        return told;
    }

    private static void CheckOrders(List<LinkOrder> told, string expected, bool isOfItem)
    {
        switch (expected[^1])
        {
            case '!' when isOfItem:
                Assert.Contains(told, order => order is KillItemOrder);
                Assert.DoesNotContain(told, order => order is KillOrder);
                break;
            case '!':
                Assert.Contains(told, order => order is KillOrder);
                break;
            case '>':
                Assert.Contains(told, order => order is RecallOrder);
                Assert.Contains(told, order => order is FinishOrder);
                Assert.DoesNotContain(told, order => order is KillOrder or KillItemOrder);
                break;
            case '=':
                Assert.Contains(told, order => order is SuspendOrder);
                break;
            case '~':
                Assert.Contains(told, order => order is ResumeOrder);
                break;
            default:
                Assert.DoesNotContain(told, order => order is KillOrder or FinishOrder or SuspendOrder or ResumeOrder);
                break;
        }
    }

    private static TheoryData<string, string, string> Cells(string table)
    {
        var lines = table.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        var cells = new TheoryData<string, string, string>();
        foreach (var line in lines.Skip(1))
        {
            for (var at = 1; at < line.Length; at++)
            {
                cells.Add(line[0], lines[0][at - 1], line[at]);
            }
        }

        return cells;
    }
}
