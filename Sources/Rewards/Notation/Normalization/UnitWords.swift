/// Words that are taken for units behind a number.
enum UnitWords {
    /// All that Math-Verify 0.9 removes, with its oddities; each may end in "s" or "es", and a point is any character.
    static let all: [StaticString] = [
        // Lengths.
        "m", "mm", "cm", "dm", "km", "metre", "meter", "mtr", "mt", "inch", "inches", "ft", "feet", "yard", "mile",
        "rd",
        // Areas and volumes.
        "sq", "sq m", "sq . m", "sq inch", "pi sq m", "m square", "square", "acre", "hectare", "are", "cm 2", "π r 2",
        "cc", "cu cm", "cu . m", "cubic", "cube", "∏ cm ³", "l", "lt", "liter", "litre", "gal", "gallon",
        // Weights.
        "g", "gm", "kg", "lb", "pound",
        // Times.
        "s", "s .", "sec", "second", "min", "minute", "minw", "h", "hr", "hour", "d", "day", "month", "yr", "year",
        "am",
        "pm", "a . m", "p . m", "noon",
        // Speeds.
        "mph", "mp", "kmh", "kmph", "per",
        // Angles, temperatures, resistances.
        "deg", "degree", "° f", "ohm",
        // Money.
        "cent", "rs", "rs .", "rupee", "profit", "profit of rs", "gain", "loss",
        // Directions.
        "east", " m east", "west", "way",
        // What is counted.
        "apple", "children ticket", "coin", "digit", "edge", "integerpoint", "man", "meal", "men", "monkey", "number",
        "pie", "rounds", "soldier", "student", "tile", "toy", "unit", "woman", "women", "mark", "Surface",
        // Comparisons and what else stood behind numbers in the problems from which the list was made.
        "more", "less", "excess", "increase", "decrease", "rise", "no change", "multiple", "prime", "pure", "ratio",
        "by",
        "sue", "st", "th", "t", "o", "c", "ab", "bc", "q .", "a .", "b .", "c .", "d .", "e .", "f .", "g .", "h .",
        "v â € ™",
    ]

    /// Units, as people write them behind a number, in lower case and in the singular.
    static let measures: Set<String> = [
        "millimeter", "millimetre", "mm", "centimeter", "centimetre", "cm", "decimeter", "decimetre", "dm", "meter",
        "metre", "m", "kilometer", "kilometre", "km", "inch", "inche", "in", "foot", "feet", "ft", "yard", "yd", "mile",
        "mi", "square", "sq", "cubic", "cu", "acre", "hectare", "ha", "liter", "litre", "l", "milliliter", "millilitre",
        "ml", "cc", "gallon", "gal", "quart", "pint", "cup", "ounce", "oz", "pound", "lb", "ton", "tonne", "gram",
        "gramme",
        "g", "kilogram", "kg", "milligram", "mg", "second", "sec", "s", "minute", "min", "hour", "hr", "h", "day",
        "week",
        "month", "year", "yr", "mph", "kmh", "kmph", "km/h", "m/s", "km/hr", "cm/s", "ft/s", "per", "degree", "deg",
        "radian", "rad", "kelvin", "celsius", "fahrenheit", "newton", "n", "joule", "j", "watt", "w", "volt", "v",
        "ampere",
        "a", "ohm", "hertz", "hz", "pascal", "pa", "mol", "mole", "dollar", "cent", "euro", "rupee", "yuan", "rs",
        "unit",
        "fps",
    ]

    /// What follows the digits of "3rd".
    static let ordinalEndings: Set<String> = ["st", "nd", "rd", "th"]

    /// Words behind a number that multiply it.
    static let multipliers: [String: Int] = [
        "dozen": 12, "hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000,
        "trillion": 1_000_000_000_000,
    ]

    /// Words behind a number that make another of it.
    static let altering: Set<String> = [
        "squared", "cubed", "factorial", "tens", "hundreds", "thousands", "millions", "billions", "mod", "modulo",
        "base",
    ]

    /// Words behind a number that change it, and words that belong to a statement; none is a unit.
    static let meaningful: Set<String> = [
        "am", "pm",
        "hundred", "thousand", "million", "billion", "trillion", "dozen", "percent", "percentage", "pct", "mod",
        "modulo",
        "if", "for", "when", "where", "and", "or", "is", "are", "not", "base", "two", "three", "four", "five", "six",
        "seven", "eight", "nine", "ten", "eleven", "twelve", "sixteen", "bin", "oct", "hex", "with", "to", "in",
    ]
}
