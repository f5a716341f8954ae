namespace Quern.Core.Triggers;

/// <summary>When a callback runs: events joined by and, or and parentheses. A value; what has come true of it is its callback's.</summary>
public sealed class TriggerExpression
{
    /// <summary>What has come true is a bit an event.</summary>
    public const int MostEvents = 64;

    private const int LongestText = 10_000;
    private const int DeepestNesting = 100;
    private readonly TriggerNode root;

    private TriggerExpression(TriggerNode root, IReadOnlyList<EventPattern> events) => (this.root, Events) = (root, events);

    /// <summary>In the order of the text.</summary>
    public IReadOnlyList<EventPattern> Events { get; }

    /// <returns>Null and the sentence that says where and what is wrong; or the trigger.</returns>
    public static TriggerExpression? Parse(string text, EventContext context, out string? refusal)
    {
        if (text.Length > LongestText)
        {
            refusal = $"the trigger has {text.Length} characters, at most {LongestText} are allowed; make it shorter";
            return null;
        }

        var words = TriggerGrammar.Words.TryTokenize(text);
        if (!words.HasValue)
        {
            refusal = Problem(text, words.ErrorPosition.Absolute, "an event belongs there");
            return null;
        }

        if (words.Value.Count(word => word.Kind == TriggerToken.Open) > DeepestNesting || words.Value.Count(word => word.Kind == TriggerToken.Event) > MostEvents)
        {
            refusal = $"the trigger has more than {MostEvents} events or {DeepestNesting} parentheses; use several callbacks";
            return null;
        }

        var parsed = TriggerGrammar.Whole(words.Value);
        if (!parsed.HasValue || !parsed.Remainder.IsAtEnd)
        {
            var rest = parsed.HasValue ? parsed.Remainder : parsed.Location;
            refusal = rest.IsAtEnd
                ? Problem(text, text.Length, "it ends where an event belongs")
                : Problem(text, rest.First().Position.Absolute, "an event, or && or || between two, belongs there");
            return null;
        }

        var events = new List<EventPattern>();
        refusal = ReadEvents(text, parsed.Value, context, events);
        return refusal is null ? new TriggerExpression(parsed.Value, events) : null;
    }

    /// <summary>True when the events whose bits are set in <paramref name="ready"/> make the whole true.</summary>
    public bool Holds(ulong ready) => Holds(root, ready);

    /// <summary>The canonical text: ids in place of labels, and each joint in parentheses of its own.</summary>
    public override string ToString() => TextOf(root, isInner: false);

    private static bool Holds(TriggerNode node, ulong ready)
    {
        if (node is EventNode happening)
        {
            return (ready >> happening.Index & 1) != 0;
        }

        var joint = (JointNode)node;
        return joint.IsAnd ? Holds(joint.Left, ready) && Holds(joint.Right, ready) : Holds(joint.Left, ready) || Holds(joint.Right, ready);
    }

    private string TextOf(TriggerNode node, bool isInner)
    {
        if (node is EventNode happening)
        {
            return Events[happening.Index].ToString();
        }

        var joint = (JointNode)node;
        var text = $"{TextOf(joint.Left, true)} {(joint.IsAnd ? "&&" : "||")} {TextOf(joint.Right, true)}";
        return isInner ? $"({text})" : text;
    }

    private static string? ReadEvents(string text, TriggerNode node, EventContext context, List<EventPattern> events)
    {
        if (node is JointNode joint)
        {
            return ReadEvents(text, joint.Left, context, events) ?? ReadEvents(text, joint.Right, context, events);
        }

        var happening = (EventNode)node;
        if (EventReader.Read(happening.Text, context, out var wrong) is not { } read)
        {
            return Problem(text, happening.At, wrong!);
        }

        happening.Index = events.Count;
        events.Add(read);
        return null;
    }

    private static string Problem(string text, int at, string what)
    {
        const int shown = 40;
        var begin = Math.Max(0, at - shown);
        return $"the trigger is wrong at character {at + 1}: {(begin > 0 ? "..." : "")}{text[begin..at]}>>>{text[at..Math.Min(text.Length, at + shown)]}: {what}";
    }
}
