namespace Cqrs.Cli.Simulation;

/// <summary>How people come to have the app: a code by SMS, typed right, wrong, late or never.</summary>
internal sealed class Registrations(Society society, Agenda agenda, Dice dice, WriteSide side)
{
    /// <summary>Told of each member, when he is verified for the first time.</summary>
    public required Action<Person> OnJoined { get; init; }

    /// <summary>Asks for a code; for the first time, or anew on a phone that lost its token.</summary>
    public async Task RegisterAsync(Person person)
    {
        var answer = await side.Request.HandleAsync(new(person.Name, person.Phone, Region: null), society.Command());
        if (answer.Value is not { } registration) return;
        var (id, code) = (registration.RegistrationId, dice.LastCode);
        switch (dice.Between(0, 1))
        {
            case < 0.04 when person.Stage == Stage.Outside:
                return; // has second thoughts
            case < 0.09:
                Plan(40, () => VerifyAsync(person, id, Mistyped(code)));
                Plan(75, () => VerifyAsync(person, id, code));
                return;
            case < 0.13:
                Plan(dice.Between(61, 240), () => ResendAsync(person, id));
                return;
            default:
                Plan(dice.Between(12, 90), () => VerifyAsync(person, id, code));
                return;
        }
    }

    private static string Mistyped(string code) => code[..^1] + (code[^1] == '9' ? '0' : (char)(code[^1] + 1));

    private async Task ResendAsync(Person person, string registration)
    {
        if ((await side.Resend.HandleAsync(new(registration), society.Command())).Refusal is not null) return;
        var code = dice.LastCode;
        Plan(dice.Between(12, 90), () => VerifyAsync(person, registration, code));
    }

    private async Task VerifyAsync(Person person, string registration, string code)
    {
        if ((await side.Verify.HandleAsync(new(registration, code), society.Command())).Value is not { } verified) return;
        if (person.Stage != Stage.Outside) return;
        (person.Stage, person.Id) = (Stage.Member, verified.User);
        society.Joins(person);
        OnJoined(person);
    }

    private void Plan(double seconds, Func<Task> happens) => agenda.In(TimeSpan.FromSeconds(seconds), happens);
}
