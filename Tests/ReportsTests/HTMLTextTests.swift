import Testing

@testable import Reports

@Suite struct HTMLTextTests {
    @Test func whatHasAMeaningIsReplaced() {
        #expect(
            HTMLText.escaped("<script>alert('a' && \"b\")</script>")
                == "&lt;script&gt;alert(&#39;a&#39; &amp;&amp; &quot;b&quot;)&lt;/script&gt;")
    }
}
