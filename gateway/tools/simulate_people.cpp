// gateway/tools/simulate_people.cpp — the people of the synthetic population: numbers, names, addresses, all derived from (seed, index).
#include "gateway/tools/simulate_people.hpp"

#include "gateway/tools/simulate_random.hpp"

#include <iterator>

namespace sluse::simulated {
namespace {

constexpr Municipality municipalities[] = {
    {"0101", "København", "København S", "2300", 0, 660}, {"0147", "Frederiksberg", "Frederiksberg", "2000", 0, 105},
    {"0151", "Ballerup", "Ballerup", "2750", 0, 52}, {"0153", "Brøndby", "Brøndby", "2605", 0, 39},
    {"0155", "Dragør", "Dragør", "2791", 0, 15}, {"0157", "Gentofte", "Hellerup", "2900", 0, 75},
    {"0159", "Gladsaxe", "Søborg", "2860", 0, 70}, {"0161", "Glostrup", "Glostrup", "2600", 0, 24},
    {"0163", "Herlev", "Herlev", "2730", 0, 30}, {"0165", "Albertslund", "Albertslund", "2620", 0, 28},
    {"0167", "Hvidovre", "Hvidovre", "2650", 0, 53}, {"0169", "Høje-Taastrup", "Taastrup", "2630", 0, 58},
    {"0173", "Lyngby-Taarbæk", "Kongens Lyngby", "2800", 0, 59}, {"0175", "Rødovre", "Rødovre", "2610", 0, 44},
    {"0183", "Ishøj", "Ishøj", "2635", 0, 24}, {"0185", "Tårnby", "Kastrup", "2770", 0, 43},
    {"0187", "Vallensbæk", "Vallensbæk", "2625", 0, 17}, {"0190", "Furesø", "Værløse", "3500", 0, 42},
    {"0201", "Allerød", "Allerød", "3450", 0, 26}, {"0210", "Fredensborg", "Fredensborg", "3480", 0, 42},
    {"0217", "Helsingør", "Helsingør", "3000", 0, 64}, {"0219", "Hillerød", "Hillerød", "3400", 0, 54},
    {"0223", "Hørsholm", "Hørsholm", "2970", 0, 25}, {"0230", "Rudersdal", "Holte", "2840", 0, 57},
    {"0240", "Egedal", "Stenløse", "3660", 0, 45}, {"0250", "Frederikssund", "Frederikssund", "3600", 0, 46},
    {"0260", "Halsnæs", "Frederiksværk", "3300", 0, 32}, {"0270", "Gribskov", "Helsinge", "3200", 0, 42},
    {"0400", "Bornholm", "Rønne", "3700", 0, 39}, {"0253", "Greve", "Greve", "2670", 1, 51},
    {"0259", "Køge", "Køge", "4600", 1, 62}, {"0265", "Roskilde", "Roskilde", "4000", 1, 90},
    {"0269", "Solrød", "Solrød Strand", "2680", 1, 24}, {"0306", "Odsherred", "Nykøbing Sjælland", "4500", 1, 33},
    {"0316", "Holbæk", "Holbæk", "4300", 1, 74}, {"0320", "Faxe", "Haslev", "4690", 1, 37},
    {"0326", "Kalundborg", "Kalundborg", "4400", 1, 48}, {"0329", "Ringsted", "Ringsted", "4100", 1, 36},
    {"0330", "Slagelse", "Slagelse", "4200", 1, 80}, {"0336", "Stevns", "Store Heddinge", "4660", 1, 23},
    {"0340", "Sorø", "Sorø", "4180", 1, 30}, {"0350", "Lejre", "Lejre", "4320", 1, 29},
    {"0360", "Lolland", "Maribo", "4930", 1, 40}, {"0370", "Næstved", "Næstved", "4700", 1, 84},
    {"0376", "Guldborgsund", "Nykøbing Falster", "4800", 1, 60}, {"0390", "Vordingborg", "Vordingborg", "4760", 1, 45},
    {"0410", "Middelfart", "Middelfart", "5500", 2, 40}, {"0420", "Assens", "Assens", "5610", 2, 41},
    {"0430", "Faaborg-Midtfyn", "Ringe", "5750", 2, 52}, {"0440", "Kerteminde", "Kerteminde", "5300", 2, 24},
    {"0450", "Nyborg", "Nyborg", "5800", 2, 32}, {"0461", "Odense", "Odense C", "5000", 2, 209},
    {"0479", "Svendborg", "Svendborg", "5700", 2, 59}, {"0480", "Nordfyns", "Bogense", "5400", 2, 30},
    {"0482", "Langeland", "Rudkøbing", "5900", 2, 12}, {"0492", "Ærø", "Ærøskøbing", "5970", 2, 6},
    {"0510", "Haderslev", "Haderslev", "6100", 2, 55}, {"0530", "Billund", "Grindsted", "7200", 2, 27},
    {"0540", "Sønderborg", "Sønderborg", "6400", 2, 73}, {"0550", "Tønder", "Tønder", "6270", 2, 36},
    {"0561", "Esbjerg", "Esbjerg", "6700", 2, 115}, {"0563", "Fanø", "Fanø", "6720", 2, 3},
    {"0573", "Varde", "Varde", "6800", 2, 49}, {"0575", "Vejen", "Vejen", "6600", 2, 42},
    {"0580", "Aabenraa", "Aabenraa", "6200", 2, 58}, {"0607", "Fredericia", "Fredericia", "7000", 2, 52},
    {"0621", "Kolding", "Kolding", "6000", 2, 95}, {"0630", "Vejle", "Vejle", "7100", 2, 122},
    {"0615", "Horsens", "Horsens", "8700", 3, 97}, {"0657", "Herning", "Herning", "7400", 3, 89},
    {"0661", "Holstebro", "Holstebro", "7500", 3, 59}, {"0665", "Lemvig", "Lemvig", "7620", 3, 19},
    {"0671", "Struer", "Struer", "7600", 3, 21}, {"0706", "Syddjurs", "Ebeltoft", "8400", 3, 44},
    {"0707", "Norddjurs", "Grenaa", "8500", 3, 37}, {"0710", "Favrskov", "Hadsten", "8370", 3, 50},
    {"0727", "Odder", "Odder", "8300", 3, 24}, {"0730", "Randers", "Randers C", "8900", 3, 100},
    {"0740", "Silkeborg", "Silkeborg", "8600", 3, 101}, {"0741", "Samsø", "Samsø", "8305", 3, 4},
    {"0746", "Skanderborg", "Skanderborg", "8660", 3, 65}, {"0751", "Aarhus", "Aarhus C", "8000", 3, 367},
    {"0756", "Ikast-Brande", "Ikast", "7430", 3, 43}, {"0760", "Ringkøbing-Skjern", "Ringkøbing", "6950", 3, 56},
    {"0766", "Hedensted", "Hedensted", "8722", 3, 48}, {"0779", "Skive", "Skive", "7800", 3, 44},
    {"0791", "Viborg", "Viborg", "8800", 3, 97}, {"0773", "Morsø", "Nykøbing Mors", "7900", 4, 20},
    {"0787", "Thisted", "Thisted", "7700", 4, 43}, {"0810", "Brønderslev", "Brønderslev", "9700", 4, 37},
    {"0813", "Frederikshavn", "Frederikshavn", "9900", 4, 58}, {"0820", "Vesthimmerlands", "Aars", "9600", 4, 36},
    {"0825", "Læsø", "Læsø", "9940", 4, 2}, {"0840", "Rebild", "Støvring", "9530", 4, 31},
    {"0846", "Mariagerfjord", "Hobro", "9500", 4, 42}, {"0849", "Jammerbugt", "Aabybro", "9440", 4, 39},
    {"0851", "Aalborg", "Aalborg", "9000", 4, 223}, {"0860", "Hjørring", "Hjørring", "9800", 4, 64},
};

constexpr std::string_view families[] = {
    "Nielsen", "Jensen", "Hansen", "Andersen", "Pedersen", "Christensen", "Larsen", "Sørensen", "Rasmussen", "Jørgensen", "Petersen",
    "Madsen", "Kristensen", "Olsen", "Thomsen", "Christiansen", "Poulsen", "Johansen", "Møller", "Mortensen", "Knudsen", "Jakobsen",
    "Mikkelsen", "Frederiksen", "Laursen", "Lund", "Schmidt", "Eriksen", "Holm", "Kjær", "Østergaard", "Søndergaard", "Nørgaard",
    "Bæk", "Grønbæk", "Åkjær", "Vestergaard", "Lauridsen", "Bjerregaard", "Dahl", "Friis", "Iversen", "Krogh", "Toft", "Ågård",
    "Bech", "Winther", "Skov"};
constexpr std::string_view men[] = {
    "Peter", "Lars", "Jens", "Søren", "Michael", "Henrik", "Thomas", "Jan", "Christian", "Martin", "Niels", "Anders", "Morten",
    "Jesper", "Hans", "Jørgen", "Mads", "Per", "Ole", "Rasmus", "Åge", "Bjørn", "Emil", "Noah", "Oscar", "Frederik", "William",
    "Aksel", "Kjeld", "Torben", "Ejnar", "Asbjørn"};
constexpr std::string_view women[] = {
    "Anne", "Mette", "Kirsten", "Hanne", "Anna", "Helle", "Susanne", "Lene", "Maria", "Marianne", "Inge", "Lone", "Camilla",
    "Pia", "Karen", "Charlotte", "Birgitte", "Bente", "Ida", "Emma", "Åse", "Søs", "Freja", "Clara", "Laura", "Sofie", "Jytte",
    "Gerda", "Bodil", "Tove", "Märta", "Solvejg"};
constexpr std::string_view streets[] = {
    "Nørregade", "Søndergade", "Østergade", "Vestergade", "Strandvejen", "Kirkevej", "Skolevej", "Møllevej", "Engvej", "Åvej",
    "Højvangen", "Rosenvænget", "Bøgevej", "Egevej", "Birkevej", "Kløvermarken", "Fjordvej", "Bakkevej", "Præstegårdsvej",
    "Jernbanegade", "Grønnegade", "Havnegade", "Lærkevej", "Solsikkevej"};

constexpr std::uint32_t salt_sex = 1, salt_name = 2, salt_home = 3, salt_street = 4, salt_number = 5;

std::uint64_t draw(std::uint64_t seed, std::uint32_t index, std::uint32_t salt, unsigned n = 0)
{
    return mix(seed ^ (std::uint64_t{index} << 24) ^ (std::uint64_t{n} << 8) ^ salt);
}

template <std::size_t N> std::string_view pick(const std::string_view (&table)[N], std::uint64_t word)
{
    return table[word % N];
}

void two(char* out, int value)
{
    out[0] = static_cast<char>('0' + value / 10);
    out[1] = static_cast<char>('0' + value % 10);
}

} // namespace

int modulus_11(std::string_view cpr)
{
    constexpr int weights[] = {4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
    int sum = 0;
    for (std::size_t i = 0; i < std::size(weights); ++i) sum += weights[i] * (cpr[i] - '0');
    return sum % 11;
}

const Municipality& Population::municipality(std::uint16_t index)
{
    return municipalities[index];
}

Population::Population(std::uint64_t seed, std::uint32_t people, Day start) : seed_(mix(seed)), people_(people)
{
    // From 1937 on, digit 7 tells the century without a doubt; the first of January is left out because numbers without a valid
    // check digit have been issued for it.
    for (Day day = day_of({1937, 1, 2}); day < start - 1; ++day) {
        const auto date = date_of(day);
        if (date.month != 1 || date.day != 1) days_.push_back(day);
    }
    while (days_.size() % stride_ == 0) stride_ += 2;
    shift_ = seed_ % days_.size();
    for (std::uint16_t i = 0; i < std::size(municipalities); ++i) {
        by_weight_.insert(by_weight_.end(), municipalities[i].weight, i);
    }
}

// Index → (birthday, serial) is one to one: the stride walks through all birthdays before the serial moves on.
void Population::number(Person& person) const
{
    const auto date = date_of(person.birth);
    char* out = person.cpr.data();
    two(out, date.day);
    two(out + 2, date.month);
    two(out + 4, date.year % 100);
    const auto round = static_cast<std::uint32_t>(person.index / days_.size());
    const auto serial = date.year < 2000 ? round % 400 : 400 + round % 600;
    out[6] = static_cast<char>('0' + serial / 100);
    two(out + 7, static_cast<int>(serial % 100));
    auto last = static_cast<int>(draw(seed_, person.index, salt_number) % 5) * 2 + (person.male ? 1 : 0);
    out[9] = static_cast<char>('0' + last);
    if (modulus_11(person.cpr_text()) == 0) out[9] = static_cast<char>('0' + (last + 2) % 10);

    person.ecpr = person.cpr;
    const auto word = draw(seed_, person.index, salt_number, 1);
    person.regional_ecpr = word % 3 == 0;
    char* replacement = person.ecpr.data();
    replacement[6] = person.regional_ecpr ? '0' : '1';
    replacement[7] = static_cast<char>('A' + round % 26);
    replacement[8] = static_cast<char>('A' + round / 26 % 26);
    replacement[9] = static_cast<char>('0' + round % 5 * 2 + (person.male ? 1 : 0));
}

Person Population::person(std::uint32_t index, unsigned moves) const
{
    Person person;
    person.index = index;
    person.male = draw(seed_, index, salt_sex) % 2 == 1;
    person.birth = birth(index);
    number(person);
    const auto name = draw(seed_, index, salt_name);
    person.family = pick(families, name);
    person.given = person.male ? pick(men, name >> 8) : pick(women, name >> 8);
    person.middle = (name >> 16) % 3 == 0 ? pick(families, name >> 24) : std::string_view{};
    person.phone = static_cast<std::uint32_t>(20'000'000 + (name >> 32) % 70'000'000);
    const auto street = draw(seed_, index, salt_street, moves);
    person.street = pick(streets, street);
    person.house = static_cast<std::uint32_t>(1 + (street >> 16) % 180);
    person.practice = static_cast<std::uint32_t>(100'000 + (street >> 32) % 3'000);
    person.municipality = by_weight_[draw(seed_, index, salt_home, moves) % by_weight_.size()];
    return person;
}

} // namespace sluse::simulated
