import Testing

@testable import Rewards

/// What becomes of LaTeX before it is read.
@Suite struct ExtractionNormalizationTests {
    @Test(arguments: [
        (#"\dfrac{1}{2}"#, #"\frac{1}{2}"#), (#"\frac12"#, #"\frac{1}{2}"#), (#"\frac1{2}"#, #"\frac{1}{2}"#),
        (#"\frac{\sqrt3}2"#, #"\frac{\sqrt{3}}{2}"#), (#"\sqrt2"#, #"\sqrt{2}"#), ("3/4", #"\frac{3}{4}"#),
        ("-3/4", #"\frac{-3}{4}"#), ("03/4", "03/4"), ("1/2/3", "1/2/3"), (#"\left(1, 2\right]"#, "(1, 2]"),
        (#"\left\{1\right\}"#, #"\{1\}"#),
        (#"\left[\begin{matrix}1\end{matrix}\right]"#, #"\begin{bmatrix}1\end{bmatrix}"#),
        (#"1{,}000"#, "1,000"), ("order", "order"),
        ("infinity", #"\infty"#), (#"\infinity"#, #"\infty"#), (#"5 percent"#, #"5\%"#),
        (#"\$5"#, "5"), (#"1\!2"#, "12"), (".5x", "0.5x"), (#"\mathbf{v}+1"#, #"\text{v}+1"#), ("2^(3)", "2^{3}"),
        (#"\log_2 10"#, #"\log_{2}{10}"#), (#"\\sin x"#, #"\sin x"#), ("5 cm", "5"), (#"5\text{ cm}^2"#, "5"),
        ("20 square feet", "20"), (#"\text{even}"#, #"\text{even}"#), (#"\text{cm}"#, #"\text{cm}"#),
    ])
    func bothModesWrite(_ text: String, _ expected: String) {
        #expect(Extraction.normalized(text, .compat) == expected, "\(text)")
        #expect(Extraction.normalized(text, .strict) == expected, "\(text)")
    }

    /// Compat has the faults of Math-Verify; strict keeps the meaning.
    @Test(arguments: [
        (#"4\sqrt(2)"#, #"4\\sqrt{2}"#, #"4\sqrt{2}"#),
        // A comma and a space separate no thousands: 1 or 200 is not 1,200.
        (#"x = 5\text{ and }y = 6"#, "x = 5,y = 6", "x = 5, y = 6"), ("a or b", "a , b", "a ,  b"),
        ("(4)_{5}", #"\frac{(4)!}{((4)-(5))!}"#, "(4)_{5}"),
        (#"\frac\pi2"#, #"\frac{\}{p}i2"#, #"\frac{\pi}{2}"#),
        (#"\sqrt\pi"#, #"\sqrt{\}pi"#, #"\sqrt{\pi}"#),
        (#"\frac{1}{x}23"#, #"\frac{1}{x}{2}3"#, #"\frac{1}{x}23"#),
        ("x^(a(b))", "x^{a(b})", "x^{a(b)}"),
        ("5m", "5", "5m"), ("3s", "3", "3s"), ("b = c", "b =", "b = c"),
        (#"x\text{ is even}"#, "x", #"x\text{ is even}"#),
        (#"3\text{ million}"#, "3", #"3\text{ million}"#),
        (#"12\text{ students}"#, "12", "12"),
        (#"5 cm^2"#, "5 cm^2", "5"),
        (#"1,\ldots,9"#, "1 ,9", #"1,\ldots,9"#),
        ("0.5", #"\frac{1}{2}"#, "0.5"),
        (#"\text{infinite}"#, #"\text{\inftyinite}"#, #"\text{infinite}"#),
        (#"5\text{ percent}"#, "5", #"5\%"#), (#"\text{percent}"#, "%", #"\%"#),
        ("f'", "f", "f'"),
    ])
    func modesDiffer(_ text: String, _ compat: String, _ strict: String) {
        #expect(Extraction.normalized(text, .compat) == compat, "\(text)")
        #expect(Extraction.normalized(text, .strict) == strict, "\(text)")
    }
}
