using Quern.Core.Resources;
using System.Globalization;
using Superpower;
using Superpower.Model;
using Superpower.Parsers;
using Superpower.Tokenizers;

namespace Quern.Core.Expressions;

internal enum ReservationToken { None, Name, Number, Equal, Comma, Plus, Star, Minus }

/// <summary>
/// <code>
/// list   := entry { "," entry }
/// entry  := CLASS "." NAME [ "=" amount ]           without an amount: 1
/// amount := N | N "+" | N "*" | "all" | N "-" M     all but N for host.processors only
/// </code>
/// Source: reference, qube-jobs 11.2.
/// </summary>
internal static class ReservationGrammar
{
    private const int LongestText = 10_000;
    private const int MostSlots = 100_000;
    private const int MostOfOthers = 1_000_000_000;

    private static readonly Tokenizer<ReservationToken> Words = new TokenizerBuilder<ReservationToken>()
        .Ignore(Span.WhiteSpace)
        .Match(Character.EqualTo('='), ReservationToken.Equal)
        .Match(Character.EqualTo(','), ReservationToken.Comma)
        .Match(Character.EqualTo('+'), ReservationToken.Plus)
        .Match(Character.EqualTo('*'), ReservationToken.Star)
        .Match(Character.EqualTo('-'), ReservationToken.Minus)
        .Match(Numerics.Natural, ReservationToken.Number)
        .Match(Character.Letter.Or(Character.EqualTo('_')).IgnoreThen(Character.LetterOrDigit.Or(Character.In('_', '.', '-')).IgnoreMany()), ReservationToken.Name)
        .Build();

    private static readonly TokenListParser<ReservationToken, Amount> AmountParser =
        Token.EqualTo(ReservationToken.Number).Then(number =>
                Token.EqualTo(ReservationToken.Plus).Value(new Amount(SlotKind.AllFree, number, null))
                    .Or(Token.EqualTo(ReservationToken.Star).Value(new Amount(SlotKind.WholeHost, number, null)))
                    .Or(Token.EqualTo(ReservationToken.Minus).IgnoreThen(Token.EqualTo(ReservationToken.Number)).Select(most => new Amount(SlotKind.Growing, number, most)))
                    .OptionalOrDefault(new Amount(SlotKind.Exact, number, null)))
            .Or(Token.EqualToValueIgnoreCase(ReservationToken.Name, "all").Select(word => new Amount(SlotKind.WholeHost, word, null)));

    private static readonly TokenListParser<ReservationToken, Entry[]> List = (
        from name in Token.EqualTo(ReservationToken.Name)
        from amount in Token.EqualTo(ReservationToken.Equal).IgnoreThen(AmountParser.Select(amount => (Amount?)amount)).OptionalOrDefault()
        select new Entry(name, amount)).AtLeastOnceDelimitedBy(Token.EqualTo(ReservationToken.Comma));

    internal static ReservationList? Read(string text, out string? refusal)
    {
        if (text.Length > LongestText)
        {
            refusal = $"it has {text.Length} characters, at most {LongestText} are allowed; make it shorter";
            return null;
        }

        var words = Words.TryTokenize(text);
        if (!words.HasValue)
        {
            refusal = ExpressionProblem.At(text, words.ErrorPosition.Absolute, "what begins there is no name, number or '='");
            return null;
        }

        var parsed = List(words.Value);
        if (!parsed.HasValue || !parsed.Remainder.IsAtEnd)
        {
            refusal = ExpressionProblem.Of(text, parsed, "a reservation, such as host.processors=2,");
            return null;
        }

        return new Reading(text).Build(parsed.Value, out refusal);
    }

    private sealed class Reading(string text)
    {
        private readonly HashSet<string> seen = [];
        private readonly List<ResourceDemand> others = [];
        private SlotDemand? slots;

        internal ReservationList? Build(Entry[] entries, out string? refusal)
        {
            foreach (var entry in entries)
            {
                if (Add(entry) is { } wrong)
                {
                    refusal = wrong;
                    return null;
                }
            }

            refusal = null;
            return new ReservationList(slots, others);
        }

        private string? Add(Entry entry)
        {
            var name = entry.Name.ToStringValue().ToLowerInvariant();
            if (!seen.Add(name))
            {
                return ExpressionProblem.At(text, entry.Name, $"'{name}' is reserved twice; write one amount");
            }

            return name == ReservationList.SlotsName ? AddSlots(entry.Amount) : AddOther(entry, name);
        }

        private string? AddSlots(Amount? given)
        {
            if (given is not { } amount)
            {
                slots = new SlotDemand(SlotKind.Exact, 1, 1);
                return null;
            }

            var least = amount.Least.Kind == ReservationToken.Number ? NumberOf(amount.Least, MostSlots) : 1;
            if (least is null or 0)
            {
                return ExpressionProblem.At(text, amount.Least, $"an instance takes 1 to {MostSlots} slots");
            }

            if (amount.Most is { } upper && (NumberOf(upper, MostSlots) is not { } most || most < least))
            {
                return ExpressionProblem.At(text, upper, $"the most is not between the least, {least}, and {MostSlots}");
            }

            slots = new SlotDemand(amount.Kind, least.Value, amount.Kind switch
            {
                SlotKind.Exact => least.Value,
                SlotKind.Growing => NumberOf(amount.Most!.Value, MostSlots)!.Value,
                SlotKind.AllFree or SlotKind.WholeHost => int.MaxValue,
            });
            return null;
        }

        private string? AddOther(Entry entry, string name)
        {
            var dot = name.IndexOf('.', StringComparison.Ordinal);
            var word = dot < 0 ? name : name[..dot];
            var known = ResourceName.ClassOf(word);
            if (known is null || dot < 0 || dot == name.Length - 1)
            {
                return ExpressionProblem.At(text, entry.Name, WrongName(name, word, dot, known));
            }

            if (entry.Amount is { Kind: not SlotKind.Exact } open)
            {
                return ExpressionProblem.At(text, open.Least, $"only {ReservationList.SlotsName} can be N+, N*, N-M or all; give '{name}' a number");
            }

            if (entry.Amount is { } given && NumberOf(given.Least, MostOfOthers) is null)
            {
                return ExpressionProblem.At(text, given.Least, $"the number is too large, at most {MostOfOthers}");
            }

            others.Add(new ResourceDemand(known.Value, name[(dot + 1)..], entry.Amount is { } amount ? NumberOf(amount.Least, MostOfOthers)!.Value : 1));
            return null;
        }

        private static string WrongName(string name, string word, int dot, ResourceClass? known)
        {
            if (known is not null)
            {
                return $"'{name}' says a class and no resource; write {word}.NAME";
            }

            if (dot < 0)
            {
                return $"'{name}' has no class{Spelling.Hint("host." + name, [ReservationList.SlotsName, "host.memory"])}{(name.Length == 0 ? "" : "; write CLASS.NAME, the classes are " + Classes)}";
            }

            var meant = Spelling.Nearest(word, ResourceName.Words.Values);
            return meant is null ? $"there is no class '{word}'; the classes are {Classes}" : $"there is no class '{word}', did you mean '{meant}{name[dot..]}'?";
        }

        private static string Classes => string.Join(", ", ResourceName.Words.Values);

        private static int? NumberOf(Token<ReservationToken> token, int most) =>
            int.TryParse(token.ToStringValue(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most ? number : null;
    }

    /// <param name="Least">A number, or the word <c>all</c>.</param>
    internal readonly record struct Amount(SlotKind Kind, Token<ReservationToken> Least, Token<ReservationToken>? Most);

    internal readonly record struct Entry(Token<ReservationToken> Name, Amount? Amount);
}
